"""A house of its own for the demo: servers on free ports, settings that point at them."""

import fcntl
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from beat_schedule.errors import HookbeatError
from beat_schedule.settings import PREFIX, Settings

from .servers import SmtpSink, redis_server, smtp_server


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Where everything of one demo is found."""

    folder: Path
    #: For the processes of the demo: their settings, and a PATH on which `celery` is ours.
    environ: dict[str, str]
    settings: Settings
    sink: SmtpSink

    @property
    def shell_file(self) -> Path:
        """What another terminal sources to look at this demo."""
        return self.folder / "env"

    def write_shell_file(self) -> None:
        own = [name for name in self.environ if name.startswith(PREFIX)]
        lines = [f"export {name}={shlex.quote(self.environ[name])}" for name in sorted(own)]
        lines.append(f"cd {shlex.quote(str(Path.cwd()))}")
        lines.append(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH")
        self.shell_file.write_text("\n".join(lines) + "\n")


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Empty the folder for one demo; raises HookbeatError while another still uses it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HookbeatError(
                f"a demo already runs in {folder}: look at that one, or end it with Ctrl-C"
            ) from None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Start the servers; they end with the block, the files in `folder` stay."""
    sink = SmtpSink(folder / "mail")
    with redis_server(folder / "redis") as redis_url, smtp_server(sink) as smtp_url:
        environ = _environ(folder, redis_url, smtp_url)
        settings = Settings.read(environ)
        house = House(folder=folder, environ=environ, settings=settings, sink=sink)
        house.write_shell_file()
        yield house


def _environ(folder: Path, redis_url: str, smtp_url: str) -> dict[str, str]:
    # What the shell says of a real installation must not reach a demo.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return inherited | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "HOOKBEAT_REDIS_URL": redis_url,
        "HOOKBEAT_DATABASE_URL": f"sqlite:///{folder / 'hookbeat.db'}",
        "HOOKBEAT_SMTP_URL": smtp_url,
        "HOOKBEAT_LOG_FORMAT": "console",
    }
