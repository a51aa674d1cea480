"""The entries of a project in another folder, read by a process of its own.

Two versions of one module cannot be imported into one process. Run as `python -P -m` with the
folder and the file to write to: so the folder's own copies of this package are not taken for it.
"""

import os
import pickle
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from beat_schedule.errors import HookbeatError
from beat_schedule.settings import Settings
from beat_schedule.translate import Translation, load

#: Seconds for which a project's modules may be imported.
PATIENCE = 120


def translation_in(folder: Path) -> Translation:
    """What the settings of that folder come to; raises HookbeatError where they cannot be read.

    Its hooks, and what they name, are imported: their code runs.
    """
    with tempfile.TemporaryDirectory() as place:
        answer = Path(place) / "entries"
        command = [sys.executable, "-P", "-m", __name__, str(folder), str(answer)]
        try:
            done = subprocess.run(  # noqa: S603 -- this very module
                command, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise HookbeatError(
                f"{folder}: its modules are not imported after {PATIENCE} s"
            ) from error
        if not answer.exists():
            said = (done.stderr.strip() or f"exit {done.returncode}").splitlines()[-1]
            raise HookbeatError(f"{folder}: its entries cannot be read: {said}")
        translation: Translation = pickle.loads(answer.read_bytes())  # noqa: S301 -- our own
        return translation


def main(folder: str, answer: str) -> None:
    """Read the entries of the folder, and write them to the file `answer`."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    translation = load(Settings.read())
    # What stands for "no arguments" is no value that can be written.
    entries = (replace(entry, kwargs=dict(entry.kwargs)) for entry in translation.entries)
    Path(answer).write_bytes(pickle.dumps(replace(translation, entries=tuple(entries))))


if __name__ == "__main__":
    main(*sys.argv[1:])
