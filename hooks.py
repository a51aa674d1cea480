"""What runs when: edit this to schedule a task. `hookbeat check` tells what is wrong in it."""

scheduler_events = {
    # A sign of life in the log, every three minutes.
    "all": ["tasks.housekeeping.heartbeat"],
    "hourly": ["tasks.housekeeping.remove_temporary_files"],
    # Midnight in HOOKBEAT_TIMEZONE: finds what is overdue, writes the notices, sends them.
    "daily": [{"task": "tasks.library.daily", "feature": "MAIL_OVERDUE_NOTICES"}],
    # Some time after midnight: what is too old goes from the record; is there a newer Hookbeat?
    "daily_maintenance": ["tasks.housekeeping.clean", "beat_schedule.housekeeping.check_version"],
    # What the daily run could not send, because the mail server or a quiet hour was in the way.
    "every": {"5m": [{"task": "tasks.library.deliver", "feature": "MAIL_OVERDUE_NOTICES"}]},
}
