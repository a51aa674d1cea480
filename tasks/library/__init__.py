"""The library: who has what, what is overdue, and the notices about it.

`tasks.library.daily` finds and sends, `tasks.library.deliver` sends what had to wait.
"""

from .mailing import daily, deliver

__all__ = ["daily", "deliver"]
