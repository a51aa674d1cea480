"""What sends, for a Redis that is real and empty."""

from collections.abc import Iterator

import pytest
from celery import Celery

from beat_schedule.dispatch.messages import Publisher
from tests.beat_house import Beat


@pytest.fixture
def app(beat: Beat) -> Celery:
    return beat.app


@pytest.fixture
def publisher(app: Celery) -> Iterator[Publisher]:
    publisher = Publisher(app)
    yield publisher
    publisher.close()
