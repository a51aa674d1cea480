import ast
import re
from datetime import UTC, datetime
from uuid import UUID

from beat_schedule.dispatch.wording import worded
from beat_schedule.entries import Entry
from beat_schedule.incidents import Incident, IncidentKind
from beat_schedule.schedules import Cron
from tests.docs.pages import modules, page, table_rows

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
EVENT = re.compile(r"[a-z_]+(\.[a-z_]+)+")


def logged(source: str) -> set[str]:
    """Event names given to a logger: `log.info("run.started", …)`, or by way of a variable."""
    tree = ast.parse(source)
    given = [
        call.args[0]
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in LEVELS
        and ast.unparse(call.func.value).endswith("log")
        and call.args
    ]
    names = {node.id for node in given if isinstance(node, ast.Name)}
    given += [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and {ast.unparse(to) for to in node.targets} & names
    ]
    return {text for node in given for text in texts(node)}


def texts(node: ast.AST) -> list[str]:
    """The text that an expression is, or the two that it chooses between."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_every_log_event_stands_in_the_page_and_no_other_does():
    rows = {row[0].strip("`") for row in table_rows(page("docs/operating.md"))}

    events = set().union(*(logged(path.read_text()) for path in modules()))

    assert {row for row in rows if EVENT.fullmatch(row)} == events


def test_log_events_are_a_noun_and_what_happened_to_it():
    events = set().union(*(logged(path.read_text()) for path in modules()))

    assert [event for event in events if not EVENT.fullmatch(event)] == []


def test_the_alert_that_the_page_shows_is_what_people_get():
    [shown] = re.findall(
        r"^```\nSubject: (.*?)^```", page("docs/operating.md"), re.MULTILINE | re.DOTALL
    )
    entry = Entry(
        key="tasks.library.daily@daily",
        task="tasks.library.daily",
        schedule=Cron("0 0 * * *"),
        queue="default",
        event="daily",
        place="hooks.py",
        description="Mails overdue notices.",
        owner="desk@example.org",
        runbook="https://wiki.example.org/overdue-notices",
    )
    incident = Incident(
        entry=entry.key,
        kind=IncidentKind.FAILING,
        began_at=datetime(2026, 11, 19, 0, 0, 7, tzinfo=UTC),
        reason="its last 3 runs failed, the last of them: "
        "SMTPServerDisconnected: Connection unexpectedly closed",
        run=UUID("1f3c9a2e-7b61-5d0b-9f3f-0f6f5f9f8f11"),
    )

    title, text = worded(incident, entry, is_over=False)

    assert shown == f"{title}\n\n{text}"
