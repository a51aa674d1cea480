"""A wall clock that can be stepped, for a server that is started with it."""

import mmap
import os
import shutil
import struct
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

SOURCE = Path(__file__).with_name("clock_shim.c")

HOW_TO_GET_A_COMPILER = (
    "no C compiler, and the shim that moves Redis's clock is a small C file: "
    "install one (`apt-get install gcc libc6-dev`), or leave it out with --no-clock-steps"
)


class ShimError(Exception):
    """The shim cannot be had here; the text says what to do."""


class SteppedClock:
    """Compiles the shim into `folder`; what is started with `environ` reads the moved clock."""

    def __init__(self, folder: Path) -> None:
        self._library = folder / "clock_shim.so"
        self._offset = folder / "clock_offset"
        self._offset.write_bytes(bytes(8))
        _compile(self._library)

    @property
    def environ(self) -> Mapping[str, str]:
        return {"LD_PRELOAD": str(self._library), "HOOKBEAT_CHAOS_OFFSET": str(self._offset)}

    def step(self, by: timedelta) -> None:
        """Let the clock be `by` ahead of the machine's (behind it, if negative), from now on."""
        micros = by // timedelta(microseconds=1)
        # Mapped, not written: the server maps the same page, and sees eight bytes change as one.
        with self._offset.open("r+b") as file, mmap.mmap(file.fileno(), 8) as page:
            page[:] = struct.pack("=q", micros)


def _compile(library: Path) -> None:
    compiler = os.environ.get("CC") or next(filter(None, map(shutil.which, ("cc", "gcc"))), None)
    if not compiler:
        raise ShimError(HOW_TO_GET_A_COMPILER)
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ShimError(f"{' '.join(command)} failed; {HOW_TO_GET_A_COMPILER}\n{done.stderr}")
