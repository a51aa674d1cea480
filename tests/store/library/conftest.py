"""The library's tables, and a house in them."""

import pytest

from tests.library_house import House


@pytest.fixture
def migrations():
    return ("tasks.library",)


@pytest.fixture
def house(engine):
    return House(engine=engine)
