"""Celery's beat with our own inside: `celery -A proj beat -S hookbeat`."""

from typing import Any

from celery.beat import Scheduler as CeleryScheduler

from beat_schedule import logs
from beat_schedule.apps import settings_of
from beat_schedule.brokers import words_of
from beat_schedule.clock import SystemClock
from beat_schedule.dispatch.beat import Beat
from beat_schedule.dispatch.errors import (
    DoubtError,
    NotLeaderError,
    WentBackError,
    is_away,
    is_refused,
)
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.errors import RecordAwayError
from beat_schedule.store.engine import make_engine, make_sessions
from beat_schedule.store.journal import Journal

#: Seconds until the next try after a pass that could not be made.
RETRY_AFTER = 1.0

log = logs.logger("hookbeat.beat")


class Scheduler(CeleryScheduler):
    """Sends each due time of every entry of `app.conf.beat_schedule` once, from whichever leads.

    `tick` waits for at most a second and never raises: Celery's service would end.
    """

    Entry = PeriodicEntry

    _beat: Beat | None = None
    #: What keeps the passes from being made; None before the first, empty while all is well.
    _trouble: str | None = None

    def setup_schedule(self) -> None:
        super().setup_schedule()
        known = self.app.amqp.queues
        for key, entry in self.schedule.items():
            queue = entry.options.get("queue")
            if isinstance(queue, str) and queue not in known:
                # Its messages are sent all the same: workers may be told by `-Q`.
                log.warning("queue.undeclared", entry=key, queue=queue, declared=sorted(known))

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """Make one pass if we lead, and wait for what comes next.

        Returns 0, for Celery would sleep through what it is woken for.
        """
        beat = self._started()
        try:
            rest = beat.step()
        except Exception as error:  # noqa: BLE001 -- Celery ends with it
            self._note(error)
            beat.drop()
            rest = 0.0 if isinstance(error, WentBackError) else RETRY_AFTER
        else:
            self._say_all_is_well()
        beat.wait(rest)
        return 0.0

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
            settings = settings_of(self.app)
            engine = make_engine(settings.database_url.get_secret_value())
            record = Journal(make_sessions(engine))
            self._beat = Beat(self.app, self.schedule, record, SystemClock())
            self._beat.start()
        return self._beat

    def _say_all_is_well(self) -> None:
        if self._trouble is None:
            self._say_started()
        elif self._trouble:
            log.info("redis.found", entries=len(self.schedule))
        self._trouble = ""

    def _say_started(self) -> None:
        if self.schedule:
            log.info("beat.started", entries=len(self.schedule))
        else:
            # It looks as healthy as any, and does nothing.
            log.warning("beat.started", entries=0)

    def _note(self, error: Exception) -> None:
        """Say it once; what is due meanwhile stays due, since the cursor stands still."""
        trouble, self._trouble = self._trouble, f"{type(error).__name__}: {words_of(error)}"
        if trouble == self._trouble:
            return
        if is_away(error):
            log.error("redis.lost", error=words_of(error))
        elif is_refused(error):
            log.error("redis.refuses", error=words_of(error))
        elif isinstance(error, RecordAwayError):
            log.critical("record.needed", reason=str(error))
        elif isinstance(error, WentBackError):
            log.critical("redis.went_back", reason=str(error))
        elif isinstance(error, DoubtError | NotLeaderError):
            log.warning("pass.withheld", reason=str(error))
        else:
            log.error("pass.failed", exc_info=error)
