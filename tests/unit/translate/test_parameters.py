"""Arguments as text, as CiviCRM's jobs have them."""

import pytest

from beat_schedule.translate.parameters import fitted, read_parameters
from beat_schedule.translate.report import RefusedError

SENDER = "beat_schedule.translate.parameters.read_parameters"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", {}),
        ("kind=loans", {"kind": "loans"}),
        ("  kind = overdue loans \n\n limit=100\n", {"kind": "overdue loans", "limit": 100}),
        ("# how many\nlimit=100\r\n  # and which\r\nkind=loans", {"limit": 100, "kind": "loans"}),
        ("zip=01234\nphone=+33 6\nnothing=", {"zip": "01234", "phone": "+33 6", "nothing": ""}),
        ('is_test=true\nsince=null\nid="42"', {"is_test": True, "since": None, "id": "42"}),
        ("url=https://a.example/?a=1&b=2", {"url": "https://a.example/?a=1&b=2"}),
        ("kinds=[1, 2]\nratio=0.5\nname=NaN", {"kinds": [1, 2], "ratio": 0.5, "name": "NaN"}),
        ('{"kind": "loans", "limit": 100}', {"kind": "loans", "limit": 100}),
        ('\n  {"kind":\n "loans"}\n', {"kind": "loans"}),
    ],
)
def test_lines_and_json_name_arguments(text, said):
    assert read_parameters(text) == said


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kind=loans\nlimit", "line 2 of kwargs is 'limit'"),
        ("over due=1", "line 1 of kwargs is 'over due=1'"),
        ("=1", "line 1 of kwargs is '=1'"),
        ("[1]", "line 1 of kwargs is '[1]'"),
        ("kind=loans\nkind=books", "kwargs names 'kind' twice"),
        ('{"kind": 1, "kind": 2}', "kwargs names 'kind' twice"),
        ('{"kind": "loans",}', "kwargs is not JSON: "),
        ('{"a":' * 100_000, "kwargs is nested too deep for JSON"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, complaint):
    with pytest.raises(RefusedError) as refused:
        read_parameters(text)

    assert refused.value.reason.startswith(complaint)
    assert refused.value.cure


def mail(
    *, code: str, days: "int", ratio: float | None, kinds: list[str], anything, both: int | str
):
    """Annotated in the ways that people have."""


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("code=01234", "01234"),
        ("code=1234", "1234"),
        ('code="1234"', "1234"),
        ("code=true", "true"),
        ("code=null", None),
        ("days=30", 30),
        ("ratio=1", 1),
        ("ratio=null", None),
        ('kinds=["a"]', ["a"]),
        ("anything=30", 30),
        ("anything=thirty", "thirty"),
        ("both=30", 30),
        ("both=thirty", "thirty"),
        ("unknown=1", 1),
    ],
)
def test_a_line_is_what_the_parameter_asks_for(line, value):
    name, _, _ = line.partition("=")

    assert fitted(read_parameters(line), "tasks.mail", mail) == {name: value}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("days=thirty", "tasks.mail asks for int as days: 'thirty' is none"),
        ("days=true", "tasks.mail asks for int as days: 'true' is none"),
        ("ratio=", "tasks.mail asks for float as ratio: '' is none"),
        ("kinds=a", "tasks.mail asks for list as kinds: 'a' is none"),
    ],
)
def test_a_line_that_is_not_what_its_parameter_asks_for_is_refused(line, complaint):
    with pytest.raises(RefusedError) as refused:
        fitted(read_parameters(line), "tasks.mail", mail)

    assert refused.value.reason == complaint


def test_a_dict_is_taken_as_it_is():
    assert fitted({"days": "thirty"}, "tasks.mail", mail) == {"days": "thirty"}


def test_what_has_no_signature_takes_lines_as_they_are_read():
    assert fitted(read_parameters("a=1"), "builtins.max", max) == {"a": 1}


def test_an_entry_takes_its_arguments_as_text(translated):
    (entry,) = translated({"daily": [{"task": SENDER, "kwargs": "text=a=1"}]}, imports=True).entries

    assert entry.kwargs == {"text": "a=1"}


@pytest.mark.parametrize(
    ("kwargs", "complaint"),
    [
        ("txt=a", "does not take these arguments: got an unexpected keyword argument 'txt'"),
        ("# none", "nobody fills the parameter 'text' of"),
        ("text=a\nlimit", "line 2 of kwargs is 'limit'"),
        ('{"text": NaN}', "kwargs['text'] is nan: JSON has no such number"),
    ],
)
def test_text_is_checked_as_a_dict_is_against_the_signature(complaints, kwargs, complaint):
    events = {"daily": [{"task": SENDER, "kwargs": kwargs}, "beat_schedule.logs.logger"]}

    (said, *_) = complaints(events, imports=True)

    assert said.startswith("hooks.py: scheduler_events['daily'][0]")
    assert complaint in said


def test_an_entrys_line_is_fitted_to_its_function(translated):
    def hooks(line):
        return {"daily": [{"task": SENDER, "kwargs": line}]}

    (entry,) = translated(hooks("text=12"), imports=True).entries

    assert entry.kwargs == {"text": "12"}
    assert translated(hooks("text=12")).entries[0].kwargs == {"text": 12}
