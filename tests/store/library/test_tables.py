"""The migration and the models say the same; the statement finds what Python would find."""

import random
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert

from tasks.library.days import ClosedDays, LoanRules, Period
from tasks.library.models import LENDING, Article, Kind, LibraryBase, Member, Transaction
from tasks.library.overdue import borrowers
from tests.library_house import TODAY

PARIS = ZoneInfo("Europe/Paris")


def test_the_migration_makes_the_tables_that_the_models_describe(engine):
    def is_ours(_object, name, kind, _reflected, _compared):
        return kind != "table" or str(name).startswith("library_")

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours})

        assert compare_metadata(context, LibraryBase.metadata) == []


def history(seed):
    """Random transactions with many ties, in the order of their lines."""
    draw = random.Random(seed)  # noqa: S311
    midnight = datetime.combine(TODAY, time(), PARIS).astimezone(UTC)
    return [
        {
            "id": f"T-{number}",
            "article_id": f"A-{draw.randrange(60)}",
            "member_id": f"M-{draw.randrange(9)}",
            "type": draw.choice(list(Kind)),
            "at": midnight - timedelta(hours=draw.randrange(-40, 90) * 12),
            "sequence": number,
            "recorded_at": midnight,
        }
        for number in range(400)
    ]


def overdue_by_hand(rows, rules):
    known = [row for row in rows if rules.lent_on(row["at"]) <= TODAY]
    known.sort(key=lambda row: (row["article_id"], row["at"], row["sequence"]))
    latest = [list(group)[-1] for _, group in groupby(known, key=lambda row: row["article_id"])]
    return sorted(
        (row["member_id"], row["id"])
        for row in latest
        if row["type"] in LENDING and rules.is_overdue(rules.lent_on(row["at"]), TODAY)
    )


def test_the_statement_finds_what_a_walk_over_everything_finds(engine, sessions):
    rules = LoanRules(
        periods=(Period(14), Period(7, TODAY - timedelta(days=20))),
        zone=PARIS,
        grace_days=1,
        closed=ClosedDays(frozenset({6})),
    )
    rows = history(seed=7)
    with engine.begin() as connection:
        connection.execute(insert(Member), [{"id": f"M-{n}", "name": "N"} for n in range(9)])
        connection.execute(insert(Article), [{"id": f"A-{n}", "title": "T"} for n in range(60)])
        connection.execute(insert(Transaction), rows)

    with sessions() as session:
        found = [
            (one.member_id, loan.loan_id)
            for one in borrowers(session, rules, TODAY)
            for loan in one.loans
        ]

    assert sorted(found) == overdue_by_hand(rows, rules)
    assert len(found) > 5
