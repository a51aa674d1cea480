"""What waits in a queue, and who takes from it: asked of Redis, and of the workers themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from celery import Celery

from beat_schedule.brokers import client_of
from beat_schedule.settings import Settings

from .reaching import PATIENCE, told

#: How kombu names the list of a queue's other priorities, and which there are by default:
#: kombu.transport.redis, `Channel.sep` and `PRIORITY_STEPS`.
SEPARATOR = "\x06\x16"
STEPS = (3, 6, 9)

#: Seconds for which workers may answer.
ANSWER = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A queue as it stands."""

    queue: str
    messages: int
    #: Names of the workers that answered and take from it.
    workers: Sequence[str]


def waiting_in(app: Callable[[], Celery], settings: Settings, queue: str) -> Waiting:
    """How many messages are in the queue, and who takes them; raises BrokerError.

    A worker that is too busy to answer within a second is not among them.
    """
    name = f"{settings.prefix}{queue}"
    with told(settings):
        with client_of(settings, timeout=PATIENCE) as client:
            pipeline = client.pipeline(transaction=False)
            for key in (name, *(f"{name}{SEPARATOR}{step}" for step in STEPS)):
                pipeline.llen(key)
            messages = sum(pipeline.execute())
        answers = app().control.inspect(timeout=ANSWER).active_queues() or {}
    workers = [
        worker
        for worker, queues in sorted(answers.items())
        if any(each.get("name") == queue for each in queues)
    ]
    return Waiting(queue=queue, messages=messages, workers=workers)
