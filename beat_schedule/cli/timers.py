"""What starts `hookbeat run-due` again and again on this machine: a crontab, or units of systemd.

Every path is absolute, and nothing is sourced: neither cron nor systemd knows a virtual environment
or the folder that one works in.
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from beat_schedule.settings import PREFIX
from beat_schedule.times import spoken

from .asking import os_user

#: Minutes from pass to pass that go into an hour.
MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)

#: What the name of a unit may not have.
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.]+")

_CRONTAB = """\
# Hookbeat: what is due in {folder}, every {span}. Put it in with `crontab -e`.
{notes}{when} {command}
"""

_SYSTEMD = """\
# /etc/systemd/system/{name}.service
[Unit]
Description=Hookbeat: what is due in {folder}
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
User={user}
{notes}ExecStart={command}

# /etc/systemd/system/{name}.timer, then: systemctl enable --now {name}.timer
[Unit]
Description=Hookbeat: every {span}

[Timer]
OnCalendar={when}
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


def printed(timer: str, minutes: int, *, inline: bool, names: Sequence[str]) -> str:
    """The text for `crontab` or `systemd`, for the folder that we work in and the user we are."""
    words = [*_command(), "-C", str(Path.cwd()), "run-due", "--quiet"]
    words += ["--inline"] if inline else []
    words += [word for name in names for word in ("--only", name)]
    return _crontab(words, minutes) if timer == "crontab" else _systemd(words, minutes)


def _crontab(words: Sequence[str], minutes: int) -> str:
    # To cron an unescaped % is the end of the line.
    command = shlex.join(words).replace("%", "\\%")
    hourly = f"*/{minutes} * * * *" if minutes > 1 else "* * * * *"
    when = "0 * * * *" if minutes == 60 else hourly  # noqa: PLR2004 -- minutes of an hour
    notes = "".join(f"{line}\n" for line in _missing("cron"))
    return _CRONTAB.format(
        folder=Path.cwd(), span=_span(minutes), notes=notes, when=when, command=command
    ).rstrip()


def _systemd(words: Sequence[str], minutes: int) -> str:
    when = "hourly" if minutes == 60 else f"*:0/{minutes}"  # noqa: PLR2004 -- as above
    return _SYSTEMD.format(
        name=f"hookbeat-{_NOT_IN_A_NAME.sub('-', Path.cwd().name).strip('-')}",
        folder=_escaped(str(Path.cwd())),
        span=_span(minutes),
        user=os_user().partition("@")[0],
        notes="".join(f"{line}\n" for line in _missing("systemd")),
        when=when,
        command=" ".join(_quoted(word) for word in words),
    ).rstrip()


def _span(minutes: int) -> str:
    return spoken(timedelta(minutes=minutes)).removeprefix("1 ")


def _command() -> list[str]:
    """What we were started as, wherever it is started from."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("hookbeat", path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    return [str(Path(found or sys.argv[0]).absolute())]


def _missing(whom: str) -> list[str]:
    """What is set here and would not be there; never the values, for some are passwords."""
    names = sorted(name for name in os.environ if name.startswith(PREFIX))
    if not names:
        return []
    cure = {
        "cron": "write NAME=VALUE lines above, or [tool.hookbeat] in pyproject.toml",
        "systemd": "add EnvironmentFile=, or [tool.hookbeat] in pyproject.toml",
    }
    return [f"# {whom} will not know what is set here: {', '.join(names)}", f"# ({cure[whom]})"]


def _quoted(word: str) -> str:
    escaped = _escaped(word).replace("$", "$$")
    if word and not set(word) & set(" \t\"'\\;"):
        return escaped
    return '"' + escaped.replace('"', '\\"') + '"'


def _escaped(word: str) -> str:
    """As systemd reads it: a percent sign would begin a specifier, a backslash an escape."""
    return word.replace("\\", "\\\\").replace("%", "%%")
