"""What waits in a queue, and which living workers take from it: asked of Redis."""

from collections.abc import Sequence
from dataclasses import dataclass

from beat_schedule.brokers import PATIENCE, client_of, lists_of, told
from beat_schedule.settings import Settings
from beat_schedule.workers import Workers, taken_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A queue as it stands."""

    queue: str
    messages: int
    #: Names of the living workers of ours that take from it.
    workers: Sequence[str]


def waiting_in(settings: Settings, queue: str) -> Waiting:
    """How many messages are in the queue, and who takes them; raises BrokerError."""
    name = f"{settings.prefix}{queue}"
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        pipeline = client.pipeline(transaction=False)
        for key in lists_of(name):
            pipeline.llen(key)
        messages = sum(pipeline.execute())
        takers = taken_by(Workers(client, settings.prefix).seen())
    return Waiting(queue=queue, messages=messages, workers=takers.get(queue, []))


def is_known(settings: Settings, queue: str, task: str) -> bool:
    """Whether one of the living workers that take from the queue knows the task, or may.

    Where none takes from it at all, whoever comes may. Raises BrokerError.
    """
    with told(settings), client_of(settings, timeout=PATIENCE) as client:
        workers = Workers(client, settings.prefix)
        said = {
            each.card.tasks
            for each in workers.seen()
            if each.is_alive and queue in each.card.queues
        }
        known = [workers.tasks(digest) if digest else None for digest in said]
    return not known or any(tasks is None or task in tasks for tasks in known)
