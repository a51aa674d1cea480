"""A Redis for whole worlds."""

import logging
from collections.abc import Iterator

import pytest

from tests.simulation.wire import Line, Server


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    server = Server()
    line = Line(server.path)
    logging.disable(logging.CRITICAL)
    yield line
    logging.disable(logging.NOTSET)
    line.close()
    server.close()
