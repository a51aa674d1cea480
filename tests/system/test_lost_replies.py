"""A reply that is lost after its commit: one run, one outcome."""

from contextlib import closing

import pytest

from tests.servers import wait_until
from tests.system.loaded import Line, loaded

HANDLERS = ["work.work", "work.read_only"]


@pytest.fixture(scope="module")
def house(tmp_path_factory, postgres_server):
    """A worker that reaches its database by a line of its own."""
    folder = tmp_path_factory.mktemp("lost")
    line = Line(postgres_server.port)
    with loaded(folder, postgres_server) as house, closing(line) as house.line:
        house.declare({"yearly": HANDLERS})
        house.begin()
        worker = house.start_worker(HOOKBEAT_DATABASE_URL=line.url(house.database_url))
        wait_until(lambda: "ready." in worker.said, within=60)
        yield house


#: Asks for a run in a way that leaves its row to the worker.
WITHOUT_A_RECORD = ("env", "HOOKBEAT_DATABASE_URL=sqlite:///no-record.db", "hookbeat")


@pytest.mark.parametrize("task", HANDLERS)
@pytest.mark.parametrize(
    ("hookbeat", "what"),
    [
        (WITHOUT_A_RECORD, "INSERT INTO run "),
        (WITHOUT_A_RECORD, "UPDATE run SET state"),
        (("hookbeat",), "UPDATE run SET state"),
    ],
    ids=["at the gate", "at the end", "at the gate of one with a row"],
)
def test_a_reply_that_is_lost_leaves_one_run_with_one_outcome(house, task, hookbeat, what):
    house.line.set(f"lose {what}")

    house.run(*hookbeat, "run", task)

    wait_until(house.line.has_lost, within=60)
    (run,) = wait_until(
        lambda: [run for run in house.runs("--limit", "1") if run["outcome"]], within=60
    )
    assert (run["task"], run["outcome"], run["attempt"]) == (task, "succeeded", 1)
    assert house.began()[run["id"], 1] == 1
    assert (run["id"] in house.done()) is (task == "work.work")
