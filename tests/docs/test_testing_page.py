"""What the page on testing says is tried as it stands."""

import pytest

from tests.docs.pages import code_blocks, page
from tests.project import a_project

HOOKS = """
scheduler_events = {"cron": {"30 2 * * *": [{"task": "shop.count", "name": "tasks.shop.count"}]}}
"""


@pytest.mark.parametrize("block", code_blocks(page("docs/testing.md"), "python"))
def test_each_example_passes(block, tmp_path, monkeypatch):
    with a_project(tmp_path, monkeypatch, hooks="shop_hooks", timezone="Europe/Paris") as project:
        project.write("shop_hooks.py", HOOKS)
        project.write("shop.py", "def count(context):\n    context.report(pieces=7)\n")
        said = {}
        exec(block, said)  # noqa: S102 -- it is our own page
        [test] = [each for name, each in said.items() if name.startswith("test_")]
        test()
