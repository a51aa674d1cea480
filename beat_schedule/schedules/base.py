"""What every schedule can do: name its due times, and speak to Celery's beat."""

from abc import abstractmethod
from collections.abc import Iterator
from datetime import datetime

from celery.schedules import BaseSchedule


class Schedule(BaseSchedule):
    """When something is due.

    A subclass says `between`; the rest follows. Instants are aware datetimes in UTC.
    """

    @abstractmethod
    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Every due time in the half-open span (after, until], ascending, in UTC."""
