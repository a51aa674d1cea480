"""Switches of this house: each turns runs on and off while it is up (`hookbeat feature`)."""

from enum import Enum


class FeatureToggle(Enum):
    """Name and description; a new one gets its row when a worker starts."""

    ENABLE_ALL_CRON = "Without it nothing runs on schedule"
    ENABLE_RECURRENT_CRON = "Without it nothing runs that is due more often than once a day"
    MAIL_OVERDUE_NOTICES = "Write and send the library's overdue notices"
