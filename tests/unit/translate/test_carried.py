"""A Task class as what a run calls: what its constructor and its `handle` are given."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from beat_schedule import RunContext, Task
from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.providers import Providers
from beat_schedule.translate.carried import function_of
from beat_schedule.translate.functions import check_arguments
from beat_schedule.translate.report import RefusedError
from tests.unit.runs.surroundings import a_context


class Shelf:
    name = "A"


def carried_out(job, *args, **kwargs):
    providers = Providers()
    providers.provide(for_=Shelf, build=lambda _context: Shelf())
    providers.provide(for_="Mail", build=lambda _context: "a mailer")
    context = a_context(providers=providers)
    return call_of_function(function_of(job), args, kwargs)(context)


def test_the_constructor_asks_by_annotation_and_by_name():
    class Job(Task):
        def __init__(self, shelf_of_books: Shelf, Mail, session):  # noqa: N803 -- as the document has it
            self.given = shelf_of_books.name, Mail, type(session)

        def handle(self):
            return self.given

    assert carried_out(Job) == ("A", "a mailer", Session)


def test_handle_may_ask_too_and_gets_the_arguments_of_the_entry():
    class Job(Task):
        def __init__(self, mail: Shelf):
            self.mail = mail

        def handle(self, kind, context: RunContext, *rest, limit=10, **more):
            return kind, rest, limit, more, context.attempt

    assert carried_out(Job, "loans", "late", limit=5, dry=True) == (
        "loans",
        ("late",),
        5,
        {"dry": True},
        1,
    )


def test_the_entry_may_give_the_constructor_something_by_name():
    class Job(Task):
        def __init__(self, kind, shelf: Shelf):
            self.given = kind, shelf.name

        def handle(self):
            return self.given

    assert carried_out(Job, kind="loans") == ("loans", "A")


def test_what_both_ask_for_by_one_name_is_one_thing():
    class Job(Task):
        def __init__(self, shelf: Shelf):
            self.shelf = shelf

        def handle(self, shelf):
            return shelf is self.shelf

    assert carried_out(Job)


def test_one_name_for_two_things_is_refused():
    class Job(Task):
        def __init__(self, it: Shelf): ...

        def handle(self, it: Session): ...

    with pytest.raises(RefusedError, match="ask for different things by the name 'it'"):
        function_of(Job)


def test_a_constructor_that_takes_anything_gets_what_it_names():
    class Base(Task):
        def __init__(self, shelf: Shelf, *args, **kwargs):
            assert not args
            assert not kwargs
            self.shelf = shelf

    class Job(Base):
        def __init__(self, shelf: Shelf, /, *args, note="none", **kwargs):
            super().__init__(shelf, *args, **kwargs)
            self.note = note

        def handle(self):
            return self.shelf.name, self.note

    assert carried_out(Job) == ("A", "none")


@pytest.mark.parametrize("decorator", [staticmethod, classmethod])
def test_handle_need_not_be_a_plain_method(decorator):
    class Job(Task):
        handle = decorator(lambda *given: len(given))

    assert carried_out(Job) == (1 if decorator is classmethod else 0)


def test_every_run_builds_its_own():
    built = []

    class Job(Task):
        def __init__(self):
            built.append(self)

        def handle(self):
            return self

    assert carried_out(Job) is not carried_out(Job)
    assert len(built) == 2


def test_what_nobody_gives_is_told_as_of_any_function():
    class Job(Task):
        def __init__(self, shop): ...

        def handle(self, kind): ...

    with pytest.raises(
        RefusedError, match=r"nobody fills the parameters 'kind' and 'shop' of jobs\.Job"
    ):
        check_arguments("jobs.Job", function_of(Job), (), {})
    check_arguments("jobs.Job", function_of(Job), ("loans",), {"shop": "north"})


def test_it_says_whose_it_is():
    class Job(Task):
        """Says hello."""

        def handle(self): ...

    function = function_of(Job)

    assert (function.__name__, function.__doc__, function.__module__) == (
        "Job",
        "Says hello.",
        __name__,
    )
