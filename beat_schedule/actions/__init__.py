"""What people may ask of a running installation, and do to it."""

from typing import TYPE_CHECKING

from beat_schedule.lazily import offered

if TYPE_CHECKING:
    from .cancelling import Stopping, cancel_run, stop_worker
    from .desk import Desk, desk_of
    from .disabling import disable, enable
    from .finding import check_call, entries_of_event, find_entry, find_target, telling_unread
    from .health import Health, Level, health_of
    from .holding import Resumed, Skipped, UnheldError, pause, resume, skip
    from .in_effect import code_at, find_overlaid, overlaid, overlaid_entry, unfit
    from .maintenance import begin_maintenance, end_maintenance
    from .migrating import Pending, pending, until_nothing_is_pending
    from .passing import PassError, Terms, by_hand, carry_out, passes
    from .reaching import operator_of
    from .registered import find_runnable, is_followed
    from .rewinding import set_back
    from .running import Answer, run_each_now, run_now
    from .sayings import Said
    from .switches import Switch, switches_in_force

__all__ = [
    "Answer",
    "Desk",
    "Health",
    "Level",
    "PassError",
    "Pending",
    "Resumed",
    "Said",
    "Skipped",
    "Stopping",
    "Switch",
    "Terms",
    "UnheldError",
    "begin_maintenance",
    "by_hand",
    "cancel_run",
    "carry_out",
    "check_call",
    "code_at",
    "desk_of",
    "disable",
    "enable",
    "end_maintenance",
    "entries_of_event",
    "find_entry",
    "find_overlaid",
    "find_runnable",
    "find_target",
    "health_of",
    "is_followed",
    "operator_of",
    "overlaid",
    "overlaid_entry",
    "passes",
    "pause",
    "pending",
    "resume",
    "run_each_now",
    "run_now",
    "set_back",
    "skip",
    "stop_worker",
    "switches_in_force",
    "telling_unread",
    "unfit",
    "until_nothing_is_pending",
]

__getattr__ = offered(
    __name__,
    {
        "cancelling": ("Stopping", "cancel_run", "stop_worker"),
        "desk": ("Desk", "desk_of"),
        "disabling": ("disable", "enable"),
        "finding": (
            "check_call",
            "entries_of_event",
            "find_entry",
            "find_target",
            "telling_unread",
        ),
        "health": ("Health", "Level", "health_of"),
        "holding": (
            "Resumed",
            "Skipped",
            "UnheldError",
            "pause",
            "resume",
            "skip",
        ),
        "in_effect": ("code_at", "find_overlaid", "overlaid", "overlaid_entry", "unfit"),
        "maintenance": ("begin_maintenance", "end_maintenance"),
        "migrating": ("Pending", "pending", "until_nothing_is_pending"),
        "passing": ("PassError", "Terms", "by_hand", "carry_out", "passes"),
        "reaching": ("operator_of",),
        "registered": ("find_runnable", "is_followed"),
        "rewinding": ("set_back",),
        "running": ("Answer", "run_each_now", "run_now"),
        "sayings": ("Said",),
        "switches": ("Switch", "switches_in_force"),
    },
)
