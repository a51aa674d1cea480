"""What a clock module needs: `from beat_schedule.clocks import app, scheduler`.

A clock groups the jobs of a functional domain, and may run as a process of its own. Its module is
found by HOOKBEAT_AUTOLOAD; `algolia/clock.py` and `algolia_clock.py` are the clock `algolia`.
"""

from beat_schedule.runs.decorators import (
    cron_context,
    cron_require_feature,
    cron_required,
    log_cron,
)
from beat_schedule.translate.clock_jobs import app, scheduler

__all__ = ["app", "cron_context", "cron_require_feature", "cron_required", "log_cron", "scheduler"]
