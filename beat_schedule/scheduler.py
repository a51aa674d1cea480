"""Celery's beat with our own inside: `celery -A proj beat -S hookbeat`."""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from celery.beat import Scheduler as CeleryScheduler

from beat_schedule import logs, tracing
from beat_schedule.alerts import channels_of
from beat_schedule.apps import has_runs, maker_of, settings_of, unread_of
from beat_schedule.clock import SystemClock
from beat_schedule.dispatch.beat import Beat
from beat_schedule.dispatch.beats import RETRY_AFTER, Beats
from beat_schedule.dispatch.generation import generation_of
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.trouble import Trouble
from beat_schedule.dispatch.watch import Watch
from beat_schedule.errors import Problem, SettingsError, suggestion
from beat_schedule.keys import MAIN
from beat_schedule.plain import plain_text
from beat_schedule.policies import untracked
from beat_schedule.runs.code import LOOK, Version
from beat_schedule.schedules import Governed
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.incidents import Incidents
from beat_schedule.store.journal import Journal

#: Seconds: a worker that is frozen while it holds a lock must not hold up the beat for as long.
LOCK_WAIT = 3

#: Bytes of an entry's name that any record can hold, and characters that are shown of a longer one.
LONGEST_NAME = 2_000
SHOWN = 80

log = logs.logger("hookbeat.beat")


class Scheduler(CeleryScheduler):
    """Sends each due time of every entry of `app.conf.beat_schedule` once, from whichever leads.

    `tick` waits for at most a second and never raises: Celery's service would end.
    """

    Entry = PeriodicEntry

    _beats: Beats | None = None
    _clock = SystemClock()

    def __init__(self, *args: Any, **options: Any) -> None:
        self._trouble = Trouble("passes")
        super().__init__(*args, **options)

    def setup_schedule(self) -> None:
        # Now, for what is wrong with them must end a beat that starts, and none that runs.
        self._settings = settings_of(self.app)
        tracing.use(self._settings)
        self._channels = channels_of(self._settings)
        self._code = self.app.hookbeat.code if has_runs(self.app) else None
        self._version = Version()
        self._looked_at = -LOOK
        self._read_schedule()
        self._expect_clocks()

    def _read_schedule(self) -> None:
        super().setup_schedule()
        if self.app.conf.result_backend:
            # Celery's own adds it first, and then drops it with what is not in the configuration.
            self.install_default_entries(self.schedule)
        self._leave_out_what_has_no_place()
        if not has_runs(self.app):
            self._follow_no_run()
        # For its errors: without this name no beat can lead.
        generation_of(self.schedule.values())
        self._complain_of_queues()

    def _leave_out_what_has_no_place(self) -> None:
        """An index of PostgreSQL holds no longer name: it would refuse the lines of all others."""
        sizes = {key: len(plain_text(str(key)).encode()) for key in self.schedule}
        for key in [key for key, size in sizes.items() if size > LONGEST_NAME]:
            del self.schedule[key]
            reason, cure = f"its name has {sizes[key]} bytes", f"name it in {LONGEST_NAME} at most"
            log.error("entry.left_out", place=f"{str(key)[:SHOWN]}…", reason=reason, cure=cure)

    def _follow_no_run(self) -> None:
        """Whoever carries the tasks out knows nothing of us: no token would ever be given back."""
        tracked = [entry for entry in self.schedule.values() if entry.policy.tracked]
        for entry in tracked:
            entry.schedule = Governed(entry.nominal, untracked(entry.policy))
        if tracked:
            cure = "call beat_schedule.runs.install.install(app, ...) where the app is made"
            log.warning("entries.untracked", entries=len(tracked), cure=cure)

    def _complain_of_queues(self) -> None:
        known = self.app.amqp.queues
        for key, entry in self.schedule.items():
            queue = entry.options.get("queue")
            if isinstance(queue, str) and queue not in known:
                # Its messages are sent all the same: workers may be told by `-Q`.
                log.warning("queue.undeclared", entry=key, queue=queue, declared=sorted(known))

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """Make one pass if we lead, and wait for what comes next.

        Returns 0, for Celery would sleep through what it is woken for; without a beat that could be
        woken, the seconds to sleep.
        """
        try:
            self._follow_code()
            beats = self._started()
        except Exception as error:  # noqa: BLE001 -- Celery ends with it
            self._trouble.note(error)
            return RETRY_AFTER
        self._trouble.is_over()
        beats.wait(beats.step())
        return 0.0

    def _follow_code(self) -> None:
        """Where other entries are declared by now, hand over to a beat of those: to our own."""
        now = self._clock.monotonic()
        if self._code is None or now - self._looked_at < LOOK:
            return
        self._looked_at = now
        version = self._code.look()
        if version.entries == self._version.entries:
            self._version = version
            return
        beats, self._beats = self._beats, None
        if beats:
            beats.stop()
            beats.drop()
        # Celery's own takes away what is missing in one of the two, and adds the rest.
        self.schedule.clear()
        self._read_schedule()
        # Not before: what could not be read whole is read again by the next tick.
        self._version = version

    def close(self) -> None:
        """Hand over; Celery calls this twice on every stop, first from a signal's handler."""
        beats, self._beats = self._beats, None
        if beats:
            beats.stop()
        super().close()

    @property
    def info(self) -> str:
        return f"    . entries -> {len(self.app.conf.beat_schedule)}"

    def _started(self) -> Beats:
        if self._beats is None:
            # Not earlier: Celery builds a scheduler for its banner too, and forks for `-B`.
            # Handlers of `beat_init` may have added some.
            self._leave_out_what_has_no_place()
            if not has_runs(self.app):
                self._follow_no_run()
            woken = threading.Event()
            beats = Beats([self._beat_of(clock, woken) for clock in self._clocks()], woken)
            beats.start()
            self._beats = beats
        return self._beats

    def shares(self) -> dict[str, Mapping[str, PeriodicEntry]]:
        """By clock, the entries that its beat decides."""
        return {clock: self._entries_of(clock) for clock in self._clocks()}

    def watches(self) -> dict[str, Watch]:
        """By clock, what its leader does for people."""
        return {clock: self._watch(clock) for clock in self._clocks()}

    def _entries_of(self, clock: str) -> Mapping[str, PeriodicEntry]:
        return {key: each for key, each in self.schedule.items() if self._clock_of(key) == clock}

    def _clocks(self) -> Sequence[str]:
        """Those that this beat stands for: what the setting names, else each that has entries."""
        declared = {self._clock_of(key) for key in self.schedule} - {MAIN}
        return self._settings.clocks or [MAIN, *sorted(declared)]

    def _clock_of(self, key: str) -> str:
        clock: str = self.app.hookbeat.clock_of(key) if has_runs(self.app) else MAIN
        return clock

    def _expect_clocks(self) -> None:
        known = {MAIN, *map(self._clock_of, self.schedule)}
        for name in self._settings.clocks:
            if name not in known:
                cure = suggestion(name, known) or f"clocks are {', '.join(sorted(known))}"
                raise SettingsError([Problem("HOOKBEAT_CLOCKS", f"no clock {name!r}", cure)])

    def _beat_of(self, clock: str, woken: threading.Event) -> Beat:
        own = self._entries_of(clock)
        return Beat(
            self.app,
            own,
            Journal(self._sessions, clock),
            self._clock,
            self._watch(clock),
            make=maker_of(self.app) if has_runs(self.app) else None,
            group=clock,
            others=self.schedule.keys() - own.keys(),
            woken=woken,
            unread=unread_of(self.app) if has_runs(self.app) else "",
        )

    @cached_property
    def _sessions(self) -> Sessions:
        url = self._settings.database_url.get_secret_value()
        return make_sessions(make_engine(url, lock_wait=LOCK_WAIT))

    def _watch(self, clock: str) -> Watch:
        def concerns(key: str) -> bool:
            return self._clock_of(key) == clock

        # Of others nobody says how their runs go.
        entries = self.app.hookbeat.entries.values() if has_runs(self.app) else ()
        url = self._settings.beat_ping
        pings = url and clock == self._clocks()[0]
        return Watch(
            entries=tuple(entry for entry in entries if concerns(entry.key)),
            record=Incidents(self._sessions, concerns),
            # They stand in no clock.
            problems=self.app.hookbeat.problems if has_runs(self.app) and clock == MAIN else (),
            channels=self._channels,
            ping=_ping_of(url.get_secret_value()) if url and pings else None,
        )


def _ping_of(url: str) -> Callable[[], None]:
    # It takes a tenth of a second, and not every beat pings.
    from beat_schedule.pinger import Pinger  # noqa: PLC0415

    pinger = Pinger()

    def ping() -> None:
        if reason := pinger.ping("beat", url):
            log.warning("beat.unseen", reason=reason)

    return ping
