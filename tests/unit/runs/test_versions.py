"""What stands in a run's record of what carried it out."""

import platform
from importlib.metadata import version

from beat_schedule.runs.versions import versions


def test_python_celery_and_hookbeat_are_named():
    assert dict(versions()) == {
        "python": platform.python_version(),
        "celery": version("celery"),
        "hookbeat": version("hookbeat"),
    }


def test_the_projects_own_is_named_where_it_says_one():
    assert versions("4f2c1aa")["project"] == "4f2c1aa"


def test_it_is_asked_once_a_process():
    assert versions("4f2c1aa") is versions("4f2c1aa")
