"""`python as_user.py USER WORDS…`: `hookbeat WORDS…` by another user of the operating system.

Where this Python lies that user may have nothing to read, so all is loaded before, by the same
command as ourselves.
"""

import os
import pwd
import sys
from contextlib import suppress

from beat_schedule.cli import main


def become(name: str) -> None:
    """Whoever may not change who he is stays himself."""
    user = pwd.getpwnam(name)
    if user.pw_uid == os.geteuid():
        return
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


if __name__ == "__main__":
    user, *words = sys.argv[1:]
    with suppress(SystemExit):
        main(words)
    become(user)
    main(words)
