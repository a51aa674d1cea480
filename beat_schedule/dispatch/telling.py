"""Telling people of incidents, over every channel there is.

The record notes that somebody was told after it was done, not before: a leader that dies between
the two lets the next one say it again. Said twice is a nuisance, never said is what nobody notices.
Before the first channel is tried it notes that somebody may know: who was told that something is
wrong is told that it is over, even if the leader that told it died before it could note it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from beat_schedule import logs
from beat_schedule.clock import Clock
from beat_schedule.entries import Entry
from beat_schedule.incidents import Incident

from .alarms import IncidentRecord
from .wording import worded

#: Between two tries to tell the same: doubled each time, up to the longest.
FIRST_PAUSE = 10.0
LONGEST_PAUSE = 600.0

#: Where one channel has taken it, the others are tried for so many seconds.
PATIENCE = 3600.0

log = logs.logger("hookbeat.beat")

_Key: TypeAlias = tuple[int, bool]


class Channel(Protocol):
    """A way to tell people."""

    @property
    def name(self) -> str:
        """What it is called in the log; no secret."""

    def tell(self, title: str, text: str, *, is_over: bool) -> str:
        """Say it there; why that failed, and nothing where it did not."""


@dataclass(slots=True)
class _Word:
    """What is to be told; times are of the monotonic clock."""

    incident: Incident
    is_over: bool
    #: Those that have not taken it.
    channels: list[Channel]
    since: float
    again_at: float
    pause: float = FIRST_PAUSE
    #: Those that have.
    told: list[str] = field(default_factory=list)
    is_noted: bool = False


class Telling:
    """Tells each incident once when it begins and once when it is over; from one thread.

    `may_go_on` is asked before each channel: whoever leads no more leaves it to the next leader.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        entries: Iterable[Entry],
        record: IncidentRecord,
        clock: Clock,
        may_go_on: Callable[[], bool],
    ) -> None:
        self._channels = channels
        self._entries: Mapping[str, Entry] = {entry.key: entry for entry in entries}
        self._record = record
        self._clock = clock
        self._may_go_on = may_go_on
        self._words: dict[_Key, _Word] = {}
        #: Channels that fail, and it was said.
        self._failing: set[str] = set()

    def forget(self) -> None:
        """Begin anew from what the record says: another beat may have told some of it."""
        self._words.clear()

    def tell(self) -> None:
        """Whatever is to be told now; raises RecordAwayError."""
        if not self._channels:
            return
        self._take_up()
        for word in list(self._words.values()):
            if self._clock.monotonic() >= word.again_at:
                self._say(word)
        late = self._clock.monotonic() - PATIENCE
        self._words = {
            key: word
            for key, word in self._words.items()
            if not word.is_noted or (word.channels and word.since > late)
        }

    def _take_up(self) -> None:
        began = [each for each in self._record.open() if each.told_at is None]
        over = self._record.ended_untold()
        wanted: dict[_Key, Incident] = {
            **{(each.id, False): each for each in began},
            **{(each.id, True): each for each in over},
        }
        for key in [key for key, word in self._words.items() if not word.is_noted]:
            if key not in wanted:
                # It was over before anybody was told: then it is not told at all.
                del self._words[key]
        now = self._clock.monotonic()
        for (incident_id, is_over), incident in wanted.items():
            if is_over:
                # Who was not told that it began is told that too.
                self._words.pop((incident_id, False), None)
            word = _Word(incident, is_over, list(self._channels), since=now, again_at=now)
            self._words.setdefault((incident_id, is_over), word)

    def _say(self, word: _Word) -> None:
        is_first = not word.is_over and self._record.telling(word.incident, self._clock.now())
        self._try_channels(word)
        if word.told and not word.is_noted:
            self._note(word)
        elif is_first and not word.told:
            self._record.untold(word.incident)
        word.again_at = self._clock.monotonic() + word.pause
        word.pause = min(2 * word.pause, LONGEST_PAUSE)

    def _try_channels(self, word: _Word) -> None:
        incident, is_over = word.incident, word.is_over
        title, text = worded(incident, self._entries.get(incident.entry), is_over=is_over)
        for channel in list(word.channels):
            if not self._may_go_on():
                break
            if reason := channel.tell(title, text, is_over=is_over):
                self._complain(channel, reason)
                continue
            self._failing.discard(channel.name)
            word.channels.remove(channel)
            word.told.append(channel.name)

    def _note(self, word: _Word) -> None:
        incident = word.incident
        note = self._record.ended_told if word.is_over else self._record.told
        note(incident, self._clock.now())
        word.is_noted = True
        log.info(
            "alert.sent",
            entry=incident.entry,
            kind=str(incident.kind),
            is_over=word.is_over,
            channels=list(word.told),
        )

    def _complain(self, channel: Channel, reason: str) -> None:
        if channel.name not in self._failing:
            log.error("alert.failed", channel=channel.name, reason=reason)
        self._failing.add(channel.name)
