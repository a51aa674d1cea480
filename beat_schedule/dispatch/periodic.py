"""Celery's periodic entry, seen as the protocol sees it."""

from datetime import timedelta

from celery.beat import ScheduleEntry

from beat_schedule.schedules import Delayed, Foreign, Schedule


class PeriodicEntry(ScheduleEntry):
    """An entry of `app.conf.beat_schedule`, whoever put it there."""

    @property
    def key(self) -> str:
        return str(self.name)

    @property
    def nominal(self) -> Schedule:
        """The schedule that names the due times."""
        if isinstance(self.schedule, Delayed):
            return self.schedule.schedule
        if isinstance(self.schedule, Schedule):
            return self.schedule
        return Foreign(self.schedule)

    @property
    def spread(self) -> timedelta:
        """How long after its due time an occurrence is sent."""
        return self.schedule.by if isinstance(self.schedule, Delayed) else timedelta(0)
