"""Celery's periodic entry, seen as the protocol sees it."""

from dataclasses import replace
from typing import Any

from celery import Celery
from celery.beat import ScheduleEntry

from beat_schedule.clock import EPOCH
from beat_schedule.decisions import Repeat
from beat_schedule.entries import Entry
from beat_schedule.plain import plain
from beat_schedule.policies import UNTRACKED, Policy
from beat_schedule.schedules import Foreign, Governed, Schedule, default_window, fingerprint
from beat_schedule.translate import periodic_entries


class PeriodicEntry(ScheduleEntry):
    """An entry of `app.conf.beat_schedule`, whoever put it there, or one made at run time."""

    #: What its workers are told, for no code tells them.
    told = ""

    @classmethod
    def of(cls, app: Celery, entry: Entry) -> "PeriodicEntry":
        """As Celery's beat would have it."""
        # Celery would ask the time: when it was sent last, we know better.
        [made] = periodic_entries([entry]).values()
        periodic = cls(name=entry.key, app=app, last_run_at=EPOCH, **made)
        if entry.told:
            periodic.told = entry.told
        return periodic

    @property
    def key(self) -> str:
        return str(self.name)

    def under(self, name: str) -> "PeriodicEntry":
        """The same entry, by another key."""
        # Celery's own copy would forget the app.
        twin = object.__new__(PeriodicEntry)
        twin.__dict__.update(self.__dict__, name=name)
        return twin

    def called_again(self, repeats: Repeat) -> tuple[list[Any], dict[str, Any]]:
        """What the attempt before was called with, as the entry says it where that is the same.

        The record has it in JSON's own types alone: a date is its text there.
        """
        args, kwargs = list(self.args or ()), dict(self.kwargs or {})
        return (
            args if plain(args) == list(repeats.args) else list(repeats.args),
            kwargs if plain(kwargs) == repeats.kwargs else dict(repeats.kwargs),
        )

    @property
    def nominal(self) -> Schedule:
        """The schedule that names the due times."""
        if isinstance(self.schedule, Governed):
            return self.schedule.schedule
        if isinstance(self.schedule, Schedule):
            return self.schedule
        return Foreign(self.schedule)

    @property
    def policy(self) -> Policy:
        """How its due times are decided; of a guest's entry nothing is known but its schedule."""
        if isinstance(self.schedule, Governed):
            return self.schedule.policy
        return replace(UNTRACKED, catch_up_window=default_window(self.nominal))

    @property
    def fingerprint(self) -> str:
        """Of what names the due times: when it changes, the entry begins anew from then on."""
        return fingerprint(self.nominal)
