"""Celery's beat with our passes inside: `celery -A proj beat -S hookbeat`."""

from contextlib import suppress
from typing import Any

from celery.beat import Scheduler as CeleryScheduler

from beat_schedule import logs
from beat_schedule.dispatch.errors import is_away, is_refused
from beat_schedule.dispatch.messages import Publisher
from beat_schedule.dispatch.passes import Passes
from beat_schedule.dispatch.periodic import PeriodicEntry
from beat_schedule.dispatch.state import State

#: Seconds until the next try after a pass that could not be made.
RETRY_AFTER = 1.0

log = logs.logger("hookbeat.beat")


class Scheduler(CeleryScheduler):
    """Sends each due time of every entry of `app.conf.beat_schedule` once, by cursor.

    `tick` never blocks for long and never raises: Celery's service would end.
    """

    Entry = PeriodicEntry

    _publisher: Publisher | None = None
    _passes: Passes | None = None
    #: Whether a pass is under way.
    _passing = False
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
        """Make one pass; return the seconds until the next."""
        self._passing = True
        try:
            rest = self._connected().make().total_seconds()
        except Exception as error:  # noqa: BLE001 -- Celery ends with it
            self._note(error)
            self._disconnect()
            return RETRY_AFTER
        finally:
            self._passing = False
        self._say_all_is_well()
        return rest

    def close(self) -> None:
        """Give the connection back; Celery calls this twice on every stop."""
        # The first time from a signal handler, perhaps in the middle of a pass: with its
        # connection gone, redis-py would raise an error of its own in place of Celery's exit.
        if not self._passing:
            self._disconnect()
        super().close()

    @property
    def info(self) -> str:
        return f"    . entries -> {len(self.app.conf.beat_schedule)}"

    def _connected(self) -> Passes:
        if self._passes is None:
            self._publisher = Publisher(self.app)
            state = State(self._publisher.redis, self._publisher.prefix)
            self._passes = Passes(self.schedule, self._publisher, state)
        return self._passes

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
        trouble, self._trouble = self._trouble, f"{type(error).__name__}: {error}"
        if trouble == self._trouble:
            return
        if is_away(error):
            log.error("redis.lost", error=str(error))
        elif is_refused(error):
            log.error("redis.refuses", error=str(error))
        else:
            log.error("pass.failed", exc_info=error)

    def _disconnect(self) -> None:
        publisher, self._publisher, self._passes = self._publisher, None, None
        if publisher:
            # It may be as broken as the reason for which we leave it.
            with suppress(Exception):
                publisher.close()
