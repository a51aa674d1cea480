"""Whatever a hooks module holds: complaints, never a traceback."""

from hypothesis import given, settings
from hypothesis import strategies as st

from beat_schedule.events import WORDS
from beat_schedule.settings import Settings
from beat_schedule.task import Task
from beat_schedule.translate import Declaration, periodic_entries, translate_events
from beat_schedule.translate.classes import declared_tasks
from beat_schedule.translate.options import READERS
from beat_schedule.translate.run_every import TIMES

MEANT = [
    *("json.loads", "0 0 * * *", "90s", "mon", "last", "06:30", "UTC", "long"),
    *("all", "none", "queue", "allow", "skip", "both", "gap", "overlap", "2026-12-31"),
]

words = st.sampled_from([*WORDS, *READERS, *MEANT]) | st.text(max_size=8)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | words
    | st.binary()
    | st.dates()
    | st.datetimes()
)
keys = words | st.integers() | st.none() | st.tuples(st.integers())
anything = st.recursive(
    leaves | st.builds(object),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(keys, inner, max_size=4)
        | st.tuples(inner)
        | st.frozensets(keys, max_size=2)
    ),
    max_leaves=20,
)
handlers = st.dictionaries(st.sampled_from(list(READERS)) | keys, anything, max_size=6) | anything
lists = st.lists(handlers, max_size=3) | anything
events = st.dictionaries(
    st.sampled_from(WORDS) | keys,
    lists | st.dictionaries(words | keys, lists, max_size=3),
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(events | anything)
def test_any_data_is_translated_or_complained_of(declared):
    declaration = Declaration(source="hooks.py", events=declared)

    translation = translate_events([declaration], Settings(), imports=False)

    assert len(periodic_entries(translation.entries)) == len(translation.entries)
    assert all(str(problem).startswith("hooks.py: ") for problem in translation.problems)


times = st.sampled_from(["3 days", "90 minutes", "daily", "17:00", (1, 13), True, False])
attributes = st.dictionaries(
    st.sampled_from([*sorted(TIMES), *WORDS, *READERS]) | st.from_regex(r"[a-z]{2,9}"),
    times | words | anything,
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(attributes)
def test_any_attributes_of_a_class_are_translated_or_complained_of(said):
    kind = type("Job", (Task,), {"handle": lambda _self: None} | said)
    declared = declared_tasks([kind], "jobs.py", Settings())

    translation = translate_events([declared], Settings(), imports=False)

    assert len(periodic_entries(translation.entries)) == len(translation.entries)
    assert all(str(problem).startswith("jobs.py: Job") for problem in translation.problems)


def test_data_that_holds_itself_is_complained_of():
    around: list[object] = []
    around.append(around)
    declared = {"daily": [{"task": "json.loads", "args": around}]}

    translation = translate_events(
        [Declaration(source="hooks.py", events=declared)], Settings(), imports=False
    )

    [problem] = translation.problems
    assert problem.reason.endswith("is nested more than 50 levels deep")
