"""Taking CSV files over, on both databases."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from beat_schedule.testing import ManualClock
from tasks.library.importing.folder import Import
from tasks.library.models import Article, Member, Transaction
from tasks.library.sample.write import Sample, write_sample
from tests.library_house import TODAY

MEMBERS = "id,name,email,language\nM-1,Ada,ada@example.org,en\nM-2,Émilie,emilie@example.org,fr\n"
ARTICLES = "id,title\nA-1,Middlemarch\nA-2,L'Étranger\n"
TRANSACTIONS = (
    "id,article,member,type,at\n"
    "T-1,A-1,M-1,issue,2026-01-01T10:00\n"
    "T-2,A-2,M-2,issue,2026-01-01T12:00:00+01:00\n"
    "T-3,A-2,M-2,return,2026-01-05\n"
)


class Desk:
    """Somebody who imports one folder again and again."""

    def __init__(self, engine, folder, zone="Europe/Paris"):
        self.engine, self.folder, self.zone = engine, folder, ZoneInfo(zone)
        self.bad, self.doubts = [], []
        self.clock = ManualClock()
        self.put(MEMBERS, ARTICLES, TRANSACTIONS)

    def put(self, members=None, articles=None, transactions=None):
        names = ("members.csv", "articles.csv", "transactions.csv")
        for name, text in zip(names, (members, articles, transactions), strict=True):
            if text is not None:
                content = text if isinstance(text, bytes) else text.encode()
                (self.folder / name).write_bytes(content)

    def imports(self):
        """New and changed rows of each file; complaints are in `bad` and `doubts`."""
        self.bad, self.doubts = [], []
        done = Import(
            engine=self.engine,
            folder=self.folder,
            zone=self.zone,
            clock=self.clock,
            on_bad=lambda row: self.bad.append(str(row)),
            on_doubt=lambda row: self.doubts.append(str(row)),
        ).carry_out()
        assert sum(file.bad for file in done) == len(self.bad)
        return [(file.new, file.changed) for file in done]


@pytest.fixture
def desk(engine, tmp_path):
    (tmp_path / "csv").mkdir()
    return Desk(engine, tmp_path / "csv")


def test_everything_is_taken_over(desk, sessions):
    assert desk.imports() == [(2, 0), (2, 0), (3, 0)]

    with sessions() as session:
        rows = session.scalars(select(Transaction).order_by(Transaction.sequence)).all()
        assert [row.id for row in rows] == ["T-1", "T-2", "T-3"]
        assert session.get_one(Member, "M-2").name == "Émilie"
        assert session.get_one(Article, "A-2").title == "L'Étranger"
        # A time without an offset is the library's own.
        assert rows[0].at == datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
        assert rows[1].at == datetime(2026, 1, 1, 11, 0, tzinfo=UTC)
    assert (desk.bad, desk.doubts) == ([], [])


def test_the_same_again_changes_nothing(desk):
    desk.imports()
    desk.clock.advance(datetime.resolution)

    assert desk.imports() == [(0, 0), (0, 0), (0, 0)]


def test_a_changed_row_is_updated(desk, sessions):
    desk.imports()
    desk.put(
        members=MEMBERS.replace("ada@example.org", "lovelace@example.org"),
        transactions=TRANSACTIONS.replace("return", "lost"),
    )

    assert desk.imports() == [(0, 1), (0, 0), (0, 1)]
    with sessions() as session:
        assert session.get_one(Member, "M-1").email == "lovelace@example.org"


def test_an_opt_out_survives_an_import_that_does_not_speak_of_it(desk, sessions):
    desk.imports()
    with sessions.begin() as session:
        session.get_one(Member, "M-1").opted_out = True

    assert desk.imports()[0] == (0, 0)


def test_opt_outs_can_be_imported(desk, sessions):
    desk.put(
        members="id,name,email,language,opted_out\nM-1,Ada,a@x.org,en,yes\nM-2,E,e@x.org,fr,\n"
    )
    desk.imports()

    with sessions() as session:
        assert session.scalars(select(Member.opted_out).order_by(Member.id)).all() == [True, False]


@pytest.mark.parametrize(
    ("file", "line", "reason"),
    [
        ("members", "M-3,Bob,b@x.org,de", "language 'de' must be en or fr"),
        ("members", "M-3,,b@x.org,en", "name is empty"),
        ("members", ",Bob,b@x.org,en", "id is empty"),
        ("members", f"{'M' * 65},Bob,b@x.org,en", "id has 65 characters; 64 at most"),
        ("members", "M-3,Bob", "has 2 columns instead of 4"),
        ("members", "M-3,Bob,b@x.org,en,more", "has 5 columns instead of 4"),
        ("members", "M-1,Again,b@x.org,en", "the id 'M-1' stands in an earlier line"),
        ("members", 'M-3,"Bob,b@x.org,en', "a quote is opened and not closed, or not doubled"),
        ("members", b"M-3,Andr\xe9,b@x.org,en", "is not UTF-8"),
        ("members", "M-3,B\x00b,b@x.org,en", "holds a NUL byte"),
        ("articles", "A-3,", "title is empty"),
        ("transactions", "T-9,A-1,M-1,borrow,2026-01-02", "type 'borrow' must be issue, return,"),
        ("transactions", "T-9,A-1,M-1,issue,yesterday", "at 'yesterday' must be a time as 2026-"),
        ("transactions", "T-9,A-1,M-1,issue,2026-02-30", "at '2026-02-30' must be a time"),
        ("transactions", "T-9,A-1,M-1,issue,0206-01-02", "must lie between 1900 and 2200"),
        ("transactions", "T-9,A-9,M-1,issue,2026-01-02", "the article 'A-9' is unknown"),
        ("transactions", "T-9,A-1,M-9,issue,2026-01-02", "the member 'M-9' is unknown"),
        ("transactions", "T-1,A-1,M-1,issue,2026-01-02", "the id 'T-1' stands in an earlier line"),
    ],
)
def test_a_bad_line_is_reported_and_every_good_one_imported(desk, file, line, reason):
    texts = {"members": MEMBERS, "articles": ARTICLES, "transactions": TRANSACTIONS}
    content = texts[file].encode() + (line if isinstance(line, bytes) else line.encode()) + b"\n"
    desk.put(**{file: content})

    done = desk.imports()

    assert done == [(2, 0), (2, 0), (3, 0)]
    assert len(desk.bad) == 1
    last = len(content.splitlines())
    assert desk.bad[0].startswith(f"{file}.csv, line {last}: ")
    assert reason in desk.bad[0]


def test_a_line_after_an_unclosed_quote_is_imported(desk):
    desk.put(articles='id,title\nA-1,"Middlemarch\nA-2,Walden\nA-3,"Moby ""Dick"""\n')

    assert desk.imports()[1] == (2, 0)
    assert len(desk.bad) == 2  # and T-1, whose article is missing
    assert desk.bad[0].startswith("articles.csv, line 2: a quote")


def test_a_title_may_hold_commas_quotes_and_a_line_break(desk, sessions):
    desk.put(articles='id,title\nA-1,"Frankenstein; or, ""The\nPrometheus"""\nA-2,Walden\n')
    desk.imports()

    with sessions() as session:
        assert session.get_one(Article, "A-1").title == 'Frankenstein; or, "The Prometheus"'


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("", "is empty; the first line must be id,title"),
        ("id;title", "lacks the column id and title; the first line must be id,title"),
        ("id,tilte", "lacks the column title; the first line must be id,title; did you mean"),
        ("id,title,title", "names the column title twice"),
    ],
)
def test_a_file_with_a_wrong_first_line_says_what_it_must_be(desk, header, complaint):
    desk.put(articles=header + "\nA-1,Walden\n")

    assert desk.imports()[0] == (2, 0)
    assert complaint in desk.bad[0]


def test_columns_may_stand_in_any_order_after_a_byte_order_mark(desk):
    desk.put(articles="\ufeffTitle , ID, shelf\r\nWalden,A-1,7\r\n\r\nWalden,A-2,8\r\n")

    assert desk.imports()[1] == (2, 0)
    assert desk.bad == []


def test_a_missing_file_is_reported_and_the_others_imported(desk):
    (desk.folder / "articles.csv").unlink()

    assert desk.imports() == [(2, 0), (0, 0), (0, 0)]
    assert desk.bad[0] == "articles.csv, line 1: cannot be read: No such file or directory"


def order_of(sessions):
    with sessions() as session:
        return session.scalars(select(Transaction.id).order_by(Transaction.sequence)).all()


def test_later_lines_are_later_where_times_are_equal(desk, sessions):
    head = "id,article,member,type,at\n"
    one, other = "Z,A-1,M-1,issue,2026-01-01\n", "B,A-1,M-1,return,2026-01-01\n"
    desk.put(transactions=head + one + other)
    desk.imports()
    assert order_of(sessions) == ["Z", "B"]

    desk.put(transactions=head + other + one)
    assert desk.imports()[2][0] == 0
    assert order_of(sessions) == ["B", "Z"]
    desk.clock.advance(datetime.resolution)
    assert desk.imports()[2] == (0, 0)


def test_a_line_put_between_two_of_the_same_instant_keeps_its_place(desk, sessions):
    head = "id,article,member,type,at\n"
    lines = [f"{key},A-1,M-1,issue,2026-01-01\n" for key in "ABC"]
    desk.put(transactions=head + lines[0] + lines[2])
    desk.imports()
    desk.put(transactions=head + "".join(lines))
    desk.imports()

    assert order_of(sessions) == ["A", "B", "C"]


def test_what_makes_no_sense_is_imported_and_pointed_out(desk):
    desk.put(
        members=MEMBERS.replace("ada@example.org", "nowhere"),
        transactions=TRANSACTIONS
        + "T-4,A-1,M-2,issue,2026-01-02\nT-5,A-2,M-2,renew,2026-01-06\n"
        + "T-6,A-1,M-2,return,2026-09-01\nT-7,A-1,M-2,return,2026-09-02\n",
    )

    assert desk.imports()[2] == (7, 0)
    assert desk.bad == []
    told = "\n".join(desk.doubts)
    assert "members.csv, line 2: no mail can go to such an address" in told
    assert "T-4: is lent while it is out" in told
    assert "T-5: is renewed while it is not out" in told
    assert "T-7: is returned while it is not out" in told
    assert "transactions.csv, line 7: lies in the future" in told


def test_a_long_file_is_taken_over_in_pieces(desk, sessions, monkeypatch):
    monkeypatch.setattr("tasks.library.importing.stage.CHUNK", 70)
    monkeypatch.setattr("tasks.library.importing.folder.BATCH", 30)
    rows = [f"T-{n},A-{n % 2 + 1},M-1,issue,2026-01-01T10:00" for n in range(500)]
    desk.put(transactions="\n".join(["id,article,member,type,at", *rows, ""]))

    assert desk.imports()[2] == (500, 0)
    assert order_of(sessions) == [f"T-{n}" for n in range(500)]


def test_a_sample_is_the_same_for_the_same_seed_and_imports_cleanly(desk, sessions):
    write_sample(desk.folder, Sample(members=40, seed=3, on=TODAY))
    first = (desk.folder / "transactions.csv").read_text()
    write_sample(desk.folder, Sample(members=40, seed=3, on=TODAY))

    assert (desk.folder / "transactions.csv").read_text() == first
    desk.imports()
    assert desk.bad == []
    with sessions() as session:
        assert session.scalar(select(func.count(Member.id))) == 40
