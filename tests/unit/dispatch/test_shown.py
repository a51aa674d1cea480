"""Arguments are shown as Celery shows them, by the quick way or its own."""

from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest
from celery.utils.saferepr import saferepr
from hypothesis import given
from hypothesis import strategies as st

from beat_schedule.dispatch import shown as way
from beat_schedule.dispatch.shown import shown


class Shelf(StrEnum):
    TOP = "top"


class Floor(IntEnum):
    CELLAR = -1


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
NESTED = st.lists(PLAIN, max_size=3) | st.dictionaries(st.text(), PLAIN, max_size=3) | st.binary()


@given(st.lists(PLAIN | NESTED, max_size=8) | st.dictionaries(PLAIN, PLAIN | NESTED, max_size=8))
def test_any_arguments(arguments):
    for most in (1024, 60, 20):
        assert shown(arguments, most) == saferepr(arguments, most)


@pytest.mark.parametrize(
    "arguments",
    [
        (), [], {}, ("one",), (1, 2), ["it's"], ['"'], ["\\'"], ["\n\x00"], {"it's": "it's"},
        [Shelf.TOP], [Floor.CELLAR], {Shelf.TOP: 1}, [Decimal("1.0")], [{1}], [frozenset()],
        ["x" * 1023], ["x" * 1022], ["x" * 1021], ["x" * 1020], ["x" * 2000], list(range(400)),
        {"a": "x" * 1017}, {"a": "x" * 1016}, {"a": "x" * 1015}, {"a": "x" * 1014},
    ],
)  # fmt: skip
def test_arguments_at_the_edges(arguments):
    assert shown(arguments, 1024) == saferepr(arguments, 1024)


def test_a_celery_that_shows_them_otherwise_has_its_way(monkeypatch):
    monkeypatch.setattr(way, "_IS_AS_CELERY", False)
    monkeypatch.setattr(way, "saferepr", lambda *_: "otherwise")

    assert shown([1], 1024) == "otherwise"
