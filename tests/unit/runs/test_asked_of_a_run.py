"""What a task's function asks of its run: built when it is asked for, left when it has ended."""

from contextlib import contextmanager, suppress
from threading import Lock

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from beat_schedule.errors import NotProvidedError, SettingsError
from beat_schedule.features import Features
from beat_schedule.runs.call import call_of_function
from beat_schedule.runs.context import Mailer, RunContext
from beat_schedule.runs.providers import Providers, providers_of
from beat_schedule.settings import Settings
from beat_schedule.signals import RunInfo
from tests.openings import NOON
from tests.unit.runs.surroundings import a_context


class Catalogue:
    pass


class Books(Catalogue):
    pass


@pytest.fixture
def told():
    """What happened, in order."""
    return []


@pytest.fixture
def providers(told):
    """A catalogue by class, a shelf by name; both say when they are opened and left."""

    def opened(name, value):
        @contextmanager
        def build(context):
            told.append(f"open {name} for {context.entry}")
            try:
                yield value
            except LookupError as error:
                told.append(f"{name} saw {error}")
                raise
            finally:
                told.append(f"leave {name}")

        return build

    made = Providers()
    made.provide(for_=Catalogue, build=opened("catalogue", Catalogue()))
    made.provide(for_="shelf", build=opened("shelf", ["A-1"]))
    return made


def called(function, *args, context=None, providers=None, **kwargs):
    context = context or a_context(providers=providers or Providers())
    return call_of_function(function, args, kwargs)(context)


def test_a_function_gets_what_it_asks_for_by_annotation_and_by_name():
    context = a_context(features=Features({"MAIL": True}))

    def ask(kind, *, here: RunContext, session: Session, features, due_at, run, log):
        return here, session, features, due_at, run, log, kind

    got = called(ask, "loans", context=context)

    who = RunInfo(id=context.run_id, entry=context.entry, due_at=NOON, attempt=1)
    features, log = context.features, context.log
    assert got == (context, context.session, features, NOON, who, log, "loans")


def test_what_the_entry_gives_wins_over_what_is_provided(providers, told):
    got = called(lambda shelf, kind: (shelf, kind), "loans", shelf="mine", providers=providers)

    assert got == ("mine", "loans")
    assert told == []


def test_only_what_is_asked_for_is_built_and_it_is_left_after_the_call(providers, told):
    def look(shelf):
        told.append("look")
        return shelf

    assert called(look, providers=providers) == ["A-1"]
    assert told == ["open shelf for tasks.shop.close@daily", "look", "leave shelf"]


def test_what_was_opened_last_is_left_first(providers, told):
    def look(shelf, books: Catalogue):
        return shelf, books

    called(look, providers=providers)

    assert [each.partition(" for ")[0] for each in told] == [
        "open shelf",
        "open catalogue",
        "leave catalogue",
        "leave shelf",
    ]


def test_a_thing_that_is_asked_for_twice_is_built_once(told):
    providers = Providers()
    providers.provide(for_=Catalogue, build=lambda _: told.append("built") or Catalogue())

    def ask(context, one: Catalogue, other: Catalogue | None):
        return one is other is context.ask_for(Catalogue)

    assert called(ask, providers=providers)
    assert told == ["built"]


def test_a_provider_sees_the_failure_of_the_task_and_cannot_hide_it(providers, told):
    def fail(shelf):  # noqa: ARG001 -- a parameter is how it asks
        raise LookupError("no such book")

    with pytest.raises(LookupError):
        called(fail, providers=providers)

    assert told[1:] == ["shelf saw no such book", "leave shelf"]


def test_a_provider_that_swallows_the_failure_does_not_make_it_a_success():
    @contextmanager
    def mute(_context):
        with suppress(LookupError):
            yield "anything"

    providers = Providers()
    providers.provide(for_="shelf", build=mute)

    def fail(shelf):  # noqa: ARG001 -- a parameter is how it asks
        raise LookupError("no such book")

    with pytest.raises(LookupError):
        called(fail, providers=providers)


def test_a_provider_that_cannot_be_left_fails_the_run_and_the_others_are_left(providers, told):
    @contextmanager
    def broken(_context):
        yield "anything"
        raise OSError("the disk is full")

    providers.provide(for_="export", build=broken)

    with pytest.raises(OSError, match="full"):
        called(lambda shelf, export: (shelf, export), providers=providers)

    assert told[-1] == "leave shelf"


def test_what_a_provider_raises_is_what_the_run_fails_with(providers, told):
    def broken(_context):
        raise ValueError("no such server")

    providers.provide(for_="export", build=broken)

    with pytest.raises(ValueError, match="no such server"):
        called(lambda shelf, export: told.append((shelf, export)), providers=providers)

    assert told[1:] == ["leave shelf"]


def test_a_provider_may_ask_for_what_others_provide(providers, told):
    providers.provide(for_=Books, build=lambda context: context.ask_for("shelf"))

    def look(books: Books):
        return books

    assert called(look, providers=providers) == ["A-1"]
    assert told[-1] == "leave shelf"


def test_providers_that_ask_for_each_other_are_told_of():
    providers = Providers()
    providers.provide(for_="one", build=lambda context: context.ask_for("other"))
    providers.provide(for_="other", build=lambda context: context.ask_for("one"))

    with pytest.raises(NotProvidedError, match="circle: one asks for other asks for one"):
        called(lambda one: one, providers=providers)


@pytest.mark.parametrize("what", [Catalogue, "catalogue", "mailer"])
def test_what_nobody_provides_is_told_of(what):
    with pytest.raises(NotProvidedError, match=r"nobody provides .*HOOKBEAT_PROVIDERS"):
        a_context().ask_for(what)


def test_a_context_gives_all_that_a_parameter_would_get():
    context = a_context()

    assert context.ask_for("context") is context.ask_for(RunContext) is context
    assert context.ask_for(Session) is context.session
    assert context.ask_for("logger") is context.log
    assert context.ask_for(Settings) is context.settings


def test_the_session_of_a_run_is_not_closed_by_who_asked_for_it(sessions):
    with sessions() as session:
        session.execute(text("CREATE TABLE work (done INTEGER)"))

        called(lambda session: session, context=a_context(session=session))

        assert session.in_transaction()


@pytest.mark.parametrize("asked", [{"for_": Mailer}, {"for_": "mailer"}])
def test_a_mailer_is_asked_for_by_class_and_by_name_and_is_the_contexts(asked):
    sent, built = [], []

    class Box:
        def send(self, message):
            sent.append(message)

    providers = Providers()
    providers.provide(**asked, build=lambda _: built.append("built") or Box())

    def say(context, mailer, post: Mailer):
        context.mailer.send("one")
        mailer.send("two")
        post.send("three")

    called(lambda mailer: mailer, providers=providers)
    assert built == []

    called(say, providers=providers)
    assert (sent, built) == (["one", "two", "three"], ["built"])


def test_without_a_provider_a_context_says_that_it_has_no_mailer():
    with pytest.raises(NotProvidedError, match="nobody provides mailer"):
        a_context().mailer.send("a message")


def test_a_value_for_a_test_is_given_as_it_is():
    lock = Lock()

    got = called(lambda lock: (lock, lock.locked()), providers=Providers.giving(lock=lock))

    assert got == (lock, False)


def test_an_http_client_is_closed_after_the_run_and_waits_for_nobody_for_ever():
    def look(http: httpx.Client):
        assert not http.is_closed
        return http

    client = called(look)

    assert client.is_closed
    assert client.timeout == httpx.Timeout(30, connect=5)
    assert "idempotency-key" not in client.headers


def test_a_house_may_have_a_client_of_its_own():
    providers = Providers()
    providers.provide(for_=httpx.Client, build=lambda _: httpx.Client(base_url="http://shop"))

    assert called(lambda http: str(http.base_url), providers=providers) == "http://shop"


@pytest.mark.parametrize("for_", [RunContext, Session, Settings, "session", "log", "logger", "run"])
def test_nobody_else_provides_what_is_the_runs_own(for_):
    with pytest.raises(ValueError, match="is the run's own"):
        Providers().provide(for_=for_, build=str)


@pytest.mark.parametrize(
    ("for_", "said"),
    [
        (Catalogue, "Catalogue is provided already"),
        ("two words", "'two words' is neither a class nor the name of a parameter"),
        (7, "7 is neither"),
    ],
)
def test_a_registration_that_cannot_be_meant_is_refused(providers, for_, said):
    with pytest.raises(ValueError, match=said):
        providers.provide(for_=for_, build=str)


def test_the_setting_names_the_providers():
    assert providers_of(Settings(providers="worker.providers:providers")).offer.names["mailer"]
    assert providers_of(Settings()).builds == {}


@pytest.mark.parametrize("name", ["no_such_room:providers", "worker.providers:SmtpMailer"])
def test_providers_that_are_not_there_are_a_problem_of_the_settings(name):
    with pytest.raises(SettingsError, match="HOOKBEAT_PROVIDERS: "):
        providers_of(Settings(providers=name))
