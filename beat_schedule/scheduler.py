"""Celery's beat with our own inside: `celery -A proj beat -S hookbeat`."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from celery.beat import Scheduler as CeleryScheduler

from beat_schedule import logs
from beat_schedule.alerts import channels_of
from beat_schedule.apps import has_runs, maker_of, settings_of
from beat_schedule.clock import SystemClock
from beat_schedule.dispatch.beat import Beat
from beat_schedule.dispatch.errors import WentBackError
from beat_schedule.dispatch.generation import generation_of
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.trouble import Trouble
from beat_schedule.dispatch.watch import Watch
from beat_schedule.policies import untracked
from beat_schedule.runs.code import LOOK, Version
from beat_schedule.schedules import Governed
from beat_schedule.store.engine import Sessions, make_engine, make_sessions
from beat_schedule.store.incidents import Incidents
from beat_schedule.store.journal import Journal

#: Seconds until the next try after a pass that could not be made.
RETRY_AFTER = 1.0

#: Seconds: a worker that is frozen while it holds a lock must not hold up the beat for as long.
LOCK_WAIT = 3

log = logs.logger("hookbeat.beat")


class Scheduler(CeleryScheduler):
    """Sends each due time of every entry of `app.conf.beat_schedule` once, from whichever leads.

    `tick` waits for at most a second and never raises: Celery's service would end.
    """

    Entry = PeriodicEntry

    _beat: Beat | None = None
    _clock = SystemClock()

    def __init__(self, *args: Any, **options: Any) -> None:
        self._trouble = Trouble("passes")
        super().__init__(*args, **options)

    def setup_schedule(self) -> None:
        # Now, for what is wrong with them must end a beat that starts, and none that runs.
        self._settings = settings_of(self.app)
        self._channels = channels_of(self._settings)
        self._code = self.app.hookbeat.code if has_runs(self.app) else None
        self._version = Version()
        self._looked_at = -LOOK
        self._read_schedule()

    def _read_schedule(self) -> None:
        super().setup_schedule()
        if self.app.conf.result_backend:
            # Celery's own adds it first, and then drops it with what is not in the configuration.
            self.install_default_entries(self.schedule)
        if not has_runs(self.app):
            self._follow_no_run()
        # For its errors: without this name no beat can lead.
        generation_of(self.schedule.values())
        self._complain_of_queues()

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
        beat: Beat | None = None
        try:
            self._follow_code()
            beat = self._started()
            rest = beat.step()
        except Exception as error:  # noqa: BLE001 -- Celery ends with it
            self._trouble.note(error)
            if beat is None:
                return RETRY_AFTER
            beat.drop()
            rest = 0.0 if isinstance(error, WentBackError) else RETRY_AFTER
        else:
            if beat.leads:
                self._trouble.is_over()
        beat.wait(rest)
        return 0.0

    def _follow_code(self) -> None:
        """Where other entries are declared by now, hand over to a beat of those: to our own."""
        now = self._clock.monotonic()
        if self._code is None or now - self._looked_at < LOOK:
            return
        self._looked_at = now
        version, before = self._code.look(), self._version
        self._version = version
        if version.entries == before.entries:
            return
        beat, self._beat = self._beat, None
        if beat:
            beat.stop()
            beat.drop()
        # Celery's own takes away what is missing in one of the two, and adds the rest.
        self.schedule.clear()
        self._read_schedule()

    def close(self) -> None:
        """Hand over; Celery calls this twice on every stop, first from a signal's handler."""
        beat, self._beat = self._beat, None
        if beat:
            beat.stop()
        super().close()

    @property
    def info(self) -> str:
        return f"    . entries -> {len(self.app.conf.beat_schedule)}"

    def _started(self) -> Beat:
        if self._beat is None:
            # Not earlier: Celery builds a scheduler for its banner too, and forks for `-B`.
            if not has_runs(self.app):
                # Handlers of `beat_init` may have added some.
                self._follow_no_run()
            record, watch = Journal(self._sessions), self._watch(self._sessions)
            make = maker_of(self.app) if has_runs(self.app) else None
            beat = Beat(self.app, self.schedule, record, self._clock, watch, make=make)
            self._beat = _begun(beat)
        return self._beat

    @cached_property
    def _sessions(self) -> Sessions:
        url = self._settings.database_url.get_secret_value()
        return make_sessions(make_engine(url, lock_wait=LOCK_WAIT))

    def _watch(self, sessions: Sessions) -> Watch:
        url = self._settings.beat_ping
        return Watch(
            # Of others nobody says how their runs go.
            entries=tuple(self.app.hookbeat.entries.values()) if has_runs(self.app) else (),
            record=Incidents(sessions),
            channels=self._channels,
            ping=_ping_of(url.get_secret_value()) if url else None,
        )


def _ping_of(url: str) -> Callable[[], None]:
    # It takes a tenth of a second, and not every beat pings.
    from beat_schedule.pinger import Pinger  # noqa: PLC0415

    pinger = Pinger()

    def ping() -> None:
        if reason := pinger.ping("beat", url):
            log.warning("beat.unseen", reason=reason)

    return ping


def _begun(beat: Beat) -> Beat:
    try:
        beat.start()
    except Exception:
        # One of its threads may run, and would lead without a pass ever being made.
        beat.stop()
        raise
    return beat
