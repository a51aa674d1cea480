"""A house of its own for the demo: servers on free ports, settings that point at them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Start the servers; they end with the block, the files in `folder` stay."""
    sink = SmtpSink(folder / "mail")
    with redis_server(folder / "redis") as redis_url, smtp_server(sink) as smtp_url:
        environ = _environ(folder, redis_url, smtp_url)
        yield House(folder=folder, environ=environ, settings=Settings.read(environ), sink=sink)


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
