"""A shop in Paris, whose people write tests of their own."""

import pytest

from tests.project import a_project

HOOKS = """
scheduler_events = {
    "cron": {
        "30 2 * * *": [{"task": "shop_tasks.count", "name": "count"}],
        "0 8 * * *": [{"task": "shop_tasks.order", "retries": 2, "retry_backoff": "1m"}],
        "0 9 * * *": [{"task": "shop_tasks.open_doors", "spread": "10m"}],
        "0 10 * * *": [{"task": "shop_tasks.invoice", "environments": ["production"]}],
    },
}
"""

TASKS = """
tried = []

def count(context):
    context.log.info("shop.counted", day=f"{context.due_at:%Y-%m-%d}")
    print("counted by", context.clock.now().isoformat())
    context.report(pieces=7)

def order(context):
    tried.append(context.attempt)
    if context.attempt < 2:
        raise ConnectionError("the supplier does not answer")

def open_doors(): pass
def invoice(): pass
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    with a_project(tmp_path, monkeypatch, hooks="shop_hooks", timezone="Europe/Paris") as project:
        project.write("shop_hooks.py", HOOKS)
        project.write("shop_tasks.py", TASKS)
        yield project
