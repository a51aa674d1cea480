import pytest

from beat_schedule.events import EVENTS, WORDS, Event
from beat_schedule.settings import BUILT_IN_QUEUES
from beat_schedule.translate.options import READERS
from tests.docs.pages import page

PAGE = page("docs/hooks.md")


@pytest.mark.parametrize("word", WORDS)
def test_every_event_stands_in_the_page(word: str):
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.name)
def test_the_page_says_when_an_event_is_due(event: Event):
    assert f"`{event.cron}`" in PAGE or not event.cron


@pytest.mark.parametrize("option", READERS)
def test_every_option_stands_in_the_page(option: str):
    assert f"`{option}`" in PAGE


@pytest.mark.parametrize("queue", BUILT_IN_QUEUES)
def test_every_queue_stands_in_the_page_with_its_time(queue: str):
    assert f"`{queue}`" in PAGE
    assert str(BUILT_IN_QUEUES[queue]) in PAGE
