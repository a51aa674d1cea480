"""What the attributes of a Task class say: every row of the document's table, and all the rest."""

import sys
from datetime import UTC, datetime, timedelta

import pytest

from beat_schedule.entries import Entry
from beat_schedule.schedules import AnyOf, Cron, Every, Modulus
from beat_schedule.settings import Settings
from beat_schedule.translate import load

#: Ordinary, and a Friday.
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)

HANDLE = "\n    def handle(self): ...\n"


@pytest.fixture(autouse=True)
def project(tasks_project):
    return tasks_project


@pytest.fixture
def translated(project):
    """What becomes of a module of Tasks."""

    def translate(text, **settings):
        (project / "jobs.py").write_text(f"from beat_schedule import Task\n{text}")
        sys.modules.pop("jobs", None)
        return load(Settings(hooks="", autoload="jobs", **settings))

    return translate


@pytest.fixture
def says(translated):
    """What becomes of a class with these attributes."""

    def translate(*attributes, **settings):
        body = "".join(f"    {each}\n" for each in attributes)
        return translated(f"class Job(Task):\n{body}{HANDLE}", **settings)

    return translate


def due_in(entry: Entry, days: float, since: datetime = NEW_YEAR) -> list[str]:
    just_before = since - timedelta(seconds=1)
    due = entry.schedule.between(just_before, just_before + timedelta(days=days))
    return [f"{due_at:%m-%d %H:%M}" for due_at in due]


TABLE = [
    (["run_every = '1 day'"], 2, ["01-01 00:00", "01-02 00:00"]),
    (["run_every = '3 days'", "run_at = '17:00'"], 6, ["01-03 17:00", "01-06 17:00"]),
    (["run_every = '1 month'", "run_at = '5:30'"], 40, ["01-01 05:30", "02-01 05:30"]),
    (["run_at = '17:00'"], 2, ["01-01 17:00", "01-02 17:00"]),
    (["run_at = '05:30'"], 1, ["01-01 05:30"]),
    (["run_at = '5:30'"], 1, ["01-01 05:30"]),
    (["run_every_hour = True"], 1 / 8, ["01-01 00:00", "01-01 01:00", "01-01 02:00"]),
    (["run_every_minute = True"], 1 / 720, ["01-01 00:00", "01-01 00:01"]),
    (["run_every = '1 minute'"], 1 / 720, ["01-01 00:00", "01-01 00:01"]),
    (["twice_daily = (1, 13)"], 1, ["01-01 01:00", "01-01 13:00"]),
    (["twice_daily = [17, 8]"], 1, ["01-01 08:00", "01-01 17:00"]),
    (
        ["run_every = '2 days'", "twice_daily = (1, 13)"],
        1.1,
        ["01-01 01:00", "01-01 13:00", "01-02 00:00", "01-02 01:00"],
    ),
    (
        ["run_at = '09:00'", "twice_daily = (1, 13)"],
        1,
        ["01-01 01:00", "01-01 09:00", "01-01 13:00"],
    ),
    (["run_every = '1 day'", "run_at = '17:00'", "timezone = 'Asia/Tokyo'"], 1, ["01-01 08:00"]),
]


@pytest.mark.parametrize(("attributes", "days", "due"), TABLE)
def test_every_attribute_of_the_table_is_due_as_it_says(says, attributes, days, due):
    translation = says(*attributes)

    [entry] = translation.entries
    assert translation.problems == ()
    assert due_in(entry, days) == due
    assert entry.key == "jobs.Job@run_every"


@pytest.mark.parametrize(
    "attribute", ["run_every = '2 hours'", "run_every_minute = True", "run_every_hour = True"]
)
def test_a_time_of_day_with_minutes_or_hours_is_ignored_and_warned_of(says, attribute):
    plain = says(attribute).entries[0].schedule
    translation = says(attribute, "run_at = '12:00'")

    assert [entry.schedule for entry in translation.entries] == [plain]
    [warning] = translation.warnings
    assert warning.place == "jobs.py: Job.run_at"
    assert "is ignored" in warning.reason


CLOCK = "write it as '06:30', up to '23:59'"
CRON = "write cron = '15 18 * * mon-fri', or a list"
SILENT = [
    ("run_every = 'daily'", "Job: run_every 'daily': it is no number of", "write '1 day'"),
    ("run_every = '2 weeks'", "Job: run_every '2 weeks': ", "write every = '14d' instead"),
    ("run_every = '90 minutes'", "Job: run_every '90 minutes': ", "write every = '90m'"),
    ("run_every = '0 minutes'", "Job: run_every '0 minutes': ", "nothing is a multiple of 0"),
    ("run_every = True", "Job: run_every True: it is no number of", "write '15 minutes'"),
    ("run_at = 17", "Job.run_at: 17 is no time of day", CLOCK),
    ("run_at = '25:00'", "Job.run_at: '25:00' is no time of day", CLOCK),
    ("run_every_hour = 'yes'", "Job.run_every_hour: run_every_hour is 'yes'", "write True"),
    ("twice_daily = True", "Job.twice_daily: twice_daily is True", "as (1, 13)"),
    ("twice_daily = (1, 24)", "Job.twice_daily: twice_daily is (1, 24)", "as (1, 13)"),
    ("run_weekly = True", "Job.run_weekly: nobody reads it", "write weekly = True"),
    ("run_evry = '1 day'", "Job.run_evry: unknown attribute", "did you mean 'run_every'?"),
    ("dayly = True", "Job.dayly: unknown attribute", "did you mean 'daily'?"),
    ("evry = '90s'", "Job.evry: unknown attribute", "did you mean 'every'?"),
    ("daily = 'yes'", "Job.daily: is 'yes'", "write daily = True"),
    ("at = '06:30'", "Job.at: says no time by itself", "add daily = True"),
    ("on = 'mon'", "Job.on: says no time by itself", "add weekly = True"),
    ("cron = 5", "Job.cron: is 5", CRON),
    ("cron = []", "Job.cron: is []", CRON),
    ("every = '90'", "Job.every: interval '90': it is no interval", "'90s', '5m', '2h', '1d'"),
]


@pytest.mark.parametrize(("attribute", "said", "cure"), SILENT)
def test_what_would_silently_never_run_is_a_problem(says, attribute, said, cure):
    translation = says(attribute)

    [problem] = map(str, translation.problems)
    assert translation.entries == ()
    assert problem.startswith(f"jobs.py: {said}")
    assert cure in problem


def test_every_problem_of_a_class_is_told_at_once_and_other_classes_run(translated):
    translation = translated(f"""
class Bad(Task):
    run_every = "90 minutes"
    run_at = "never"
    timezone = "Europe/Pari"
    queue = "lang"
    def handle(self, nobody): ...

class Good(Task):
    run_every = "1 hour"
{HANDLE}""")

    assert [entry.key for entry in translation.entries] == ["jobs.Good@run_every"]
    assert [problem.place for problem in translation.problems] == [
        "jobs.py: Bad.run_at",
        "jobs.py: Bad",
        "jobs.py: Bad.timezone",
        "jobs.py: Bad.queue",
    ]


def test_a_word_that_is_nearly_an_option_is_doubted_and_ones_own_words_are_not(says):
    translation = says(
        "daily = True", "qeue = 'long'", "month = 3", "hours = (1, 2)", "names = []", "_qeue = 1"
    )

    assert [str(warning) for warning in translation.warnings] == [
        (
            "jobs.py: Job.qeue: nobody reads it "
            "(did you mean 'queue'? One of your own may begin with _)"
        )
    ]


EVENTS = [
    (
        ["daily = True", "at = ['06:30', '18:30']"],
        "jobs.Job@daily",
        AnyOf(Cron("30 6 * * *"), Cron("30 18 * * *")),
    ),
    (["weekly = True", "on = 'mon'"], "jobs.Job@weekly", Cron("0 0 * * mon")),
    (["annual = True"], "jobs.Job@yearly", Cron("0 0 1 1 *")),
    (["cron = '15 18 * * mon-fri'"], "jobs.Job@cron:15 18 * * mon-fri", Cron("15 18 * * mon-fri")),
    (["every = '90s'"], "jobs.Job@every:90s", Every("90s")),
    (["all = True"], "jobs.Job@all", Every("3m")),
]


@pytest.mark.parametrize(("attributes", "key", "schedule"), EVENTS)
def test_events_and_expressions_are_attributes_as_they_are_words_in_hooks(
    says, attributes, key, schedule
):
    [entry] = says(*attributes).entries

    assert (entry.key, entry.schedule) == (key, schedule)


def test_several_of_them_make_several_entries_as_in_hooks(says):
    translation = says(
        "run_every = '1 day'", "hourly_long = True", "cron = ['0 6 * * *', '0  7 * * *']"
    )

    assert [(entry.key, entry.queue) for entry in translation.entries] == [
        ("jobs.Job@run_every", "default"),
        ("jobs.Job@hourly_long", "long"),
        ("jobs.Job@cron:0 6 * * *", "default"),
        ("jobs.Job@cron:0 7 * * *", "default"),
    ]


def test_every_option_of_an_entry_is_an_attribute(says):
    [entry] = says(
        "run_every = '1 day'",
        "name = 'job'",
        "queue = 'long'",
        "priority = 3",
        "catch_up = 'none'",
        "overlap = 'queue'",
        "retries = 2",
        "timeout = '5m'",
        "environments = ['production']",
        "even_in_maintenance = True",
        "description = 'Says hello.'",
    ).entries

    assert (entry.key, entry.queue, entry.priority) == ("job", "long", 3)
    assert (entry.policy.catch_up, entry.policy.overlap) == ("none", "queue")
    assert (entry.run_policy.retries, entry.run_policy.environments) == (2, ("production",))
    assert entry.policy.even_in_maintenance
    assert (entry.timeout, entry.description) == (timedelta(minutes=5), "Says hello.")
    assert entry.place == "jobs.py: Job"


def test_a_time_in_at_belongs_to_events(says):
    [problem] = says("run_every = '1 day'", "at = '06:30'").problems

    assert str(problem) == (
        "jobs.py: Job.at: 'at' has no meaning for the event 'run_every' "
        "(the schedule says the time (a Task class by run_at))"
    )


def test_a_class_without_a_time_is_listed_and_not_run(says):
    translation = says("run_every = False", "run_at = False", "daily = False")

    assert translation.entries + translation.problems + translation.warnings == ()
    assert translation.unscheduled == ("jobs.Job",)


def test_attributes_are_inherited_and_can_be_unset(translated):
    translation = translated(f"""
class Nightly(Task):
    run_at = "03:00"
    queue = "long"

class Prices(Nightly):
    run_at = "04:00"
{HANDLE}
class Stock(Nightly):
    queue = None
{HANDLE}
class ByHand(Nightly):
    run_at = False
{HANDLE}""")

    assert translation.problems == ()
    assert [(each.key, each.queue, due_in(each, 1)) for each in translation.entries] == [
        ("jobs.Prices@run_every", "long", ["01-01 04:00"]),
        ("jobs.Stock@run_every", "default", ["01-01 03:00"]),
    ]
    assert translation.unscheduled == ("jobs.ByHand",)


def test_methods_and_properties_are_no_options_whatever_their_names(translated):
    [entry] = translated("""
class Job(Task):
    run_every = "1 day"
    def handle(self): self.log("done")
    def log(self, text): ...
    def daily(self): ...
    @property
    def name(self): return "x"
    class queue: ...
""").entries

    assert (entry.key, entry.queue) == ("jobs.Job@run_every", "default")


def test_the_zone_of_the_settings_counts_where_a_class_names_none(says):
    [entry] = says("run_at = '17:00'", timezone="Asia/Tokyo").entries

    assert entry.schedule == Modulus("1 day", "Asia/Tokyo", entry.schedule.at)
    assert due_in(entry, 1) == ["01-01 08:00"]
