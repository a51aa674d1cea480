"""Where Task classes are found: in modules that are loaded, registered by hand, in hooks."""

import pytest

from beat_schedule.settings import Settings
from beat_schedule.translate import load, translate_events
from beat_schedule.translate.classes import declared_tasks

HANDLE = "\n    def handle(self): ...\n"


@pytest.fixture(autouse=True)
def project(tasks_project):
    return tasks_project


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "class Job(Task):\n    run_every = '1 day'\n",
            "Job has no handle(): it cannot be run (define it: `def handle(self): ...`)",
        ),
        (
            "class Job(Task):\n    pass\n",
            "Job has no handle(): it cannot be run (define it: `def handle(self): ...`)",
        ),
        (
            "class Job(Task):\n    run_every = '1 day'\n    async def handle(self): ...\n",
            (
                "jobs.Job.handle is an async function: nobody would await it "
                "(wrap it in a function that calls asyncio.run())"
            ),
        ),
    ],
)
def test_a_class_that_cannot_run_is_a_problem(project, text, said):
    (project / "jobs.py").write_text(f"from beat_schedule import Task\n{text}")

    translation = load(Settings(hooks="", autoload="jobs"))

    assert translation.entries + translation.unscheduled == ()
    assert [str(problem) for problem in translation.problems] == [f"jobs.py: Job: {said}"]


def test_what_a_module_imports_is_not_its_own(project):
    package = project / "jobs"
    package.mkdir()
    (package / "hi.py").write_text(
        f"from beat_schedule import Task\nclass Hi(Task):\n    daily = True{HANDLE}"
    )
    (package / "more.py").write_text("from beat_schedule import Task\nfrom jobs.hi import Hi\n")

    translation = load(Settings(hooks="", autoload="jobs,jobs.hi"))

    assert [entry.key for entry in translation.entries] == ["jobs.hi.Hi@daily"]
    assert translation.problems == ()


def test_what_several_share_may_stand_in_a_class_that_is_no_task(project):
    (project / "jobs.py").write_text(f"""
from beat_schedule import Task

class Nightly:
    run_at = "03:00"
    queue = "long"

class First(Nightly, Task):{HANDLE}
class Second(Task, Nightly):
    run_at = "04:00"
{HANDLE}""")

    translation = load(Settings(hooks="", autoload="jobs"))

    assert [(each.key, each.queue) for each in translation.entries] == [
        ("jobs.First@run_every", "long"),
        ("jobs.Second@run_every", "long"),
    ]


def test_arguments_as_text_are_read_as_its_handle_asks_for_them(project):
    (project / "jobs.py").write_text("""
from beat_schedule import Task

class Letters(Task):
    run_every = "1 day"
    kwargs = "days=7\\ncode=01234\\nshop=7"
    def __init__(self, shop: str): ...
    def handle(self, days: int, code: str): ...
""")

    translation = load(Settings(hooks="", autoload="jobs"))

    assert translation.problems == ()
    assert translation.entries[0].kwargs == {"days": 7, "code": "01234", "shop": "7"}


def test_a_class_in_a_package_says_its_file(project):
    package = project / "jobs"
    package.mkdir()
    (package / "__init__.py").write_text(
        f"from beat_schedule import Task\nclass Hi(Task):\n    daily = True{HANDLE}"
    )

    [entry] = load(Settings(hooks="", autoload="jobs")).entries

    assert entry.place == "jobs/__init__.py: Hi"


HOUSE = """
from beat_schedule.runs.providers import Providers
from jobs import Job
providers = Providers()
providers.register(Job)
providers.register(Job)
"""


@pytest.mark.parametrize("autoload", ["", "jobs"])
def test_a_class_registered_by_hand_is_found_and_once_where_it_is_loaded_too(project, autoload):
    (project / "jobs.py").write_text(
        f"from beat_schedule import Task\nclass Job(Task):\n    daily = True{HANDLE}"
    )
    (project / "house.py").write_text(HOUSE)

    translation = load(Settings(hooks="", autoload=autoload, providers="house:providers"))

    assert [(each.key, each.place) for each in translation.entries] == [
        ("jobs.Job@daily", "jobs.py: Job")
    ]
    assert translation.problems == ()


def test_hooks_may_name_a_class_as_any_function(project):
    (project / "jobs.py").write_text(f"from beat_schedule import Task\nclass Job(Task):{HANDLE}")
    (project / "house.py").write_text('scheduler_events = {"daily": ["jobs.Job"]}')

    translation = load(Settings(hooks="house", autoload="jobs"))

    assert [entry.key for entry in translation.entries] == ["jobs.Job@daily"]
    assert translation.unscheduled == ()


def test_one_class_is_translated_without_a_module(project):
    (project / "jobs.py").write_text(
        f"from beat_schedule import Task\nclass Job(Task):\n    daily = True{HANDLE}"
    )
    from jobs import Job  # noqa: PLC0415 -- made by this test

    declared = declared_tasks([Job], "jobs.py", Settings())

    assert len(translate_events([declared], Settings()).entries) == 1
