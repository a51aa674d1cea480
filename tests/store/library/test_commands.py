"""`python -m tasks.library`, as a librarian meets it."""

import sys
import uuid

import pytest
from sqlalchemy import delete, func, select

from beat_schedule.clock import SystemClock
from tasks.library.cli import main
from tasks.library.models import Member, Notice, NoticeItem, Transaction
from tasks.library.settings.shelf import kept_texts
from tests.library_house import House, text_of
from worker.refusals import DeliveryUnsureError, RecipientDelayedError, RecipientWithheldError


@pytest.fixture
def ask(monkeypatch, capsys, database_url):
    """Run a command; its exit code and everything it said."""
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", database_url)

    def ask(*words):
        monkeypatch.setattr(sys, "argv", ["library", *map(str, words)])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        return int(done.value.code or 0), said.out + said.err

    return ask


@pytest.fixture
def kept(sessions):
    def kept():
        with sessions() as session:
            return kept_texts(session)

    return kept


def today():
    return SystemClock().now().date()


def test_settings_are_shown_with_defaults_and_meanings(ask):
    code, said = ask("settings")

    assert code == 0
    assert "loan_period" in said
    assert "not set" in said
    assert "reminder_max" in said


def test_settings_are_set_together(ask, kept):
    assert ask("settings", "loan_period=30", "quiet_hours=21:00-07:00") == (
        0,
        "loan_period = 30\nquiet_hours = 21:00-07:00\n",
    )
    assert kept() == {"loan_period": "30", "quiet_hours": "21:00-07:00"}


def test_nothing_is_set_when_anything_is_bad_and_every_problem_is_told(ask, kept):
    code, said = ask("settings", "loan_period=30", "quiet_hour=off", "reminder_max=many")

    assert code == 1
    assert "quiet_hour: no such setting (did you mean 'quiet_hours'?)" in said
    assert "reminder_max: must be a whole number" in said
    assert kept() == {}
    assert "write NAME=VALUE" in ask("settings", "loan_period")[1]


def test_a_new_loan_period_holds_from_today_on(ask, kept):
    ask("settings", "loan_period=30")

    code, said = ask("settings", "loan_period=21")
    assert (code, kept()["loan_period"]) == (0, f"30, 21 from {today()}")
    assert "Loans made before keep the period" in said

    ask("settings", "loan_period=14")
    assert kept()["loan_period"] == f"30, 14 from {today()}"
    ask("settings", "loan_period=30")
    assert kept()["loan_period"] == "30"
    ask("settings", "loan_period=14", "--all-loans")
    assert kept()["loan_period"] == "14"


def test_a_sample_is_imported_and_sets_the_loan_period_once(ask, kept, sessions):
    code, said = ask("sample", "--members", 30)

    assert code == 0
    assert "members.csv: 30 new" in said
    assert kept() == {"loan_period": "30"}
    with sessions() as session:
        assert session.scalar(select(func.count(Transaction.id))) > 30

    ask("settings", "loan_period=7", "--all-loans")
    assert "members.csv: 0 new, 0 changed, 30 as before" in ask("sample", "--members", 30)[1]
    assert kept() == {"loan_period": "7"}


def test_the_first_notice_of_a_sample_is_an_ordinary_one(ask, engine):
    ask("sample", "--members", 30, "--on", "2026-02-01")
    house = House(engine=engine)

    house.run()

    first = text_of(house.postbox.messages[0])
    assert first.startswith("Dear Ada Lovelace,\n")
    assert "1. On the Origin of Species (SA-00001) due on" in first
    assert "3. Middlemarch" in first
    assert "4. " not in first


def test_a_sample_can_be_written_and_imported_by_hand(ask, tmp_path):
    assert ask("sample", "--members", 20, "--on", "2026-02-01", tmp_path / "csv")[0] == 0

    code, said = ask("import", tmp_path / "csv")

    assert code == 0
    assert "members.csv: 20 new, 0 changed, 0 as before, 0 bad" in said


def test_an_import_with_a_bad_line_ends_with_one(ask, tmp_path, sessions):
    ask("sample", "--members", 20, tmp_path)
    with (tmp_path / "members.csv").open("a") as file:
        file.write("M-9,Bob,bob@example.org,klingon,no,no\n")

    code, said = ask("import", tmp_path)

    assert code == 1
    assert "members.csv, line 22: language 'klingon' must be en or fr" in said
    with sessions() as session:
        assert session.scalar(select(func.count(Member.id))) == 20


def test_a_missing_folder_or_file_is_told(ask, tmp_path):
    assert ask("import", tmp_path / "nowhere")[0] == 2
    code, said = ask("import", tmp_path)
    assert code == 1
    assert "members.csv, line 1: cannot be read: No such file" in said


def test_without_tables_every_command_says_what_to_run(ask, monkeypatch, tmp_path):
    monkeypatch.setenv("HOOKBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")

    for words in (["settings"], ["import", tmp_path], ["sample"], ["outbox"]):
        assert ask(*words) == (1, "Error: the library has no tables yet: run `hookbeat migrate`\n")


TROUBLES = (
    ValueError("no"),
    None,
    RecipientWithheldError("not in HOOKBEAT_MAIL_ALLOW"),
    DeliveryUnsureError("no answer after the mail"),
    RecipientDelayedError("delayed 451"),
)


@pytest.fixture
def troubled(engine):
    """Five members: failed, sent, withheld, unsure, delayed."""
    house = House(engine=engine)
    for number, error in enumerate(TROUBLES, 1):
        house.lend(f"A-{number}", f"M-{number}")
        if error:
            house.postbox.errors[f"m-{number}@example.org"] = error
    house.run()
    with house.sessions() as session:
        house.ids = {row.member_id: str(row.id) for row in session.scalars(select(Notice))}
    return house


def test_the_outbox_is_listed_with_reasons_and_the_next_try(ask, troubled):
    code, said = ask("outbox")

    ids = troubled.ids
    assert code == 0
    assert f"{ids['M-1']} M-1 2026-02-01 failed (cannot be written: ValueError)\n" in said
    assert f"{ids['M-5']} M-5 2026-02-01 queued (delayed 451), next try 2026-02-01 00:10\n" in said
    assert said.endswith("failed 1, queued 1, unsure 1, withheld 1\n")
    assert ask("outbox", "--state", "returned")[1] == "nothing\n"
    assert "did you mean 'failed'?" in ask("outbox", "--state", "faild")[1]


def test_a_notice_is_queued_again_by_the_beginning_of_its_id(ask, troubled):
    assert ask("retry", troubled.ids["M-1"][:8]) == (
        0,
        "queued 1 of 1; tasks.library.deliver sends them\n",
    )
    assert troubled.states()[0] == "M-1 queued"


def test_what_cannot_be_queued_again_is_told_with_the_reason(ask, troubled):
    sent, delayed = troubled.ids["M-2"], troubled.ids["M-5"]

    code, said = ask("retry", sent, delayed, "0" * 32, "M-1")

    assert code == 1
    assert f"{sent}: is sent already" in said
    assert f"{delayed}: is queued already" in said
    assert f"{'0' * 32}: is no notice" in said
    assert "M-1: is no notice; write at least four digits of its id" in said
    assert "queued 0 of 4" in said


def test_a_beginning_that_several_notices_share_queues_none_of_them(ask, troubled):
    with troubled.sessions.begin() as session:
        rows = session.scalars(select(Notice).order_by(Notice.member_id)).all()
        for number, row in enumerate(rows):
            session.execute(delete(NoticeItem).where(NoticeItem.notice_id == row.id))
            row.id = uuid.UUID(int=(0xABCD << 112) + number)

    code, said = ask("retry", "abcd")

    assert code == 1
    assert "abcd: 5 notices begin so; write more of it" in said
    assert troubled.states()[0] == "M-1 failed"


@pytest.mark.usefixtures("troubled")
def test_all_of_one_state_are_queued_again(ask):
    assert ask("retry", "--state", "withheld")[1].startswith("queued 1 of 1;")
    assert ask("retry", "--state", "withheld") == (0, "queued 0 of 0: no notice is withheld\n")

    code, said = ask("retry", "--state", "sent")
    assert code == 1
    assert "failed, unsure, no address, withheld" in said


def test_all_are_queued_again_save_what_may_have_arrived(ask, troubled):
    code, said = ask("retry", "--all")

    assert code == 0
    assert "queued 2 of 2" in said
    assert "1 unsure left out: ask the member first, then `retry --state unsure`" in said
    assert troubled.states()[3] == "M-4 unsure"
    assert ask("retry", "--state", "unsure")[1].startswith("queued 1 of 1")


@pytest.mark.parametrize("words", [[], ["--all", "--state", "failed"], ["abcd", "--all"]])
def test_retry_wants_exactly_one_way_of_naming_notices(ask, words):
    code, said = ask("retry", *words)

    assert code == 2
    assert "name notices, or --state, or --all" in said


def test_a_member_is_opted_out_and_in_again(ask, engine, sessions):
    House(engine=engine).member("M-1")

    assert ask("opt-out", "M-1") == (0, "M-1 gets no more notices\n")
    with sessions() as session:
        assert session.get_one(Member, "M-1").opted_out
    assert ask("opt-out", "M-1", "--undo")[0] == 0
    assert ask("opt-out", "M-2") == (1, "Error: nobody has the id 'M-2'\n")
