"""Alerts through apprise, to real servers."""

import json

import pytest

from beat_schedule import alerts
from beat_schedule.alerts import channels_of
from beat_schedule.errors import SettingsError
from beat_schedule.settings import Settings

#: Apprise asks for it while it loads what it knows.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

TEXT = "close is failing\n\nIts last run failed: <ValueError> & more\n\nsince  2026-03-10\n"


def channels(*urls):
    return channels_of(Settings(alerts=",".join(urls)))


def webhook(http_sink, more=""):
    return f"{http_sink.url.replace('http:', 'json:')}/key{more}"


def test_a_webhook_gets_the_alert_and_the_end_of_it(http_sink):
    [channel] = channels(webhook(http_sink))

    assert channel.tell("[hookbeat] close is failing", TEXT, is_over=False) == ""
    assert channel.tell("[hookbeat] close has recovered", TEXT, is_over=True) == ""

    said = [json.loads(asked.text) for asked in http_sink.requests]
    assert [(each["title"], each["type"]) for each in said] == [
        ("[hookbeat] close is failing", "failure"),
        ("[hookbeat] close has recovered", "success"),
    ]
    assert said[0]["message"].strip() == TEXT.strip()
    assert http_sink.paths == ["/key", "/key"]


def test_a_mail_gets_there_as_plain_text(smtp_sink):
    to = "from=hookbeat@example.org&to=a@example.org,b@example.org"
    [channel] = channels(f"mailto://127.0.0.1:{smtp_sink.port}?{to}")

    assert channel.tell("[hookbeat] close is failing", TEXT, is_over=False) == ""

    assert sorted(to for [to] in smtp_sink.recipients) == ["a@example.org", "b@example.org"]
    mail = smtp_sink.messages[0]
    assert mail["Subject"] == "[hookbeat] close is failing"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines() == TEXT.splitlines()


def test_every_url_is_a_channel_with_a_name_that_is_no_secret(http_sink, smtp_sink):
    found = channels(
        webhook(http_sink),
        f"mailto://u:sesame@127.0.0.1:{smtp_sink.port}?from=h@h.org&to=a@h.org,b@h.org",
    )

    assert [channel.name for channel in found] == ["1 json", "2 mailto"]


def test_an_answer_that_may_be_another_is_asked_for_twice(http_sink):
    [channel] = channels(webhook(http_sink))
    http_sink.answers = [503]

    assert channel.tell("title", TEXT, is_over=False) == ""
    assert len(http_sink.requests) == 2


def test_what_is_not_taken_is_told_without_the_url(http_sink, smtp_sink, caplog):
    caplog.set_level("INFO")
    web, mail = channels(
        webhook(http_sink), f"mailto://127.0.0.1:{smtp_sink.port}?from=h@h.org&to=a@h.org"
    )
    http_sink.answers = [500, 500]
    smtp_sink.refuse_all()

    reasons = [channel.tell("title", TEXT, is_over=False) for channel in (web, mail)]

    assert "500" in reasons[0]
    assert reasons[1] == 'Sending email to "***" failed.'
    assert [record for record in caplog.records if record.name == "apprise"] == []


def test_a_server_that_says_nothing_is_given_up(http_sink):
    [channel] = channels(webhook(http_sink, "?rto=0.2"))
    http_sink.silent = True

    assert channel.tell("title", TEXT, is_over=False)
    assert len(http_sink.requests) == 2


def test_nobody_is_told_by_default():
    assert channels_of(Settings()) == []


def test_what_apprise_does_not_know_is_told_at_once_without_secrets():
    with pytest.raises(SettingsError) as told:
        channels("json://h/ok", "nonsense://sesame/x", "slack://sesame")

    cure = "(try it: apprise -vv --body=test URL)"
    assert str(told.value).splitlines()[1:] == [
        f"  - HOOKBEAT_ALERTS: number 2 (nonsense://…) is no URL that apprise knows {cure}",
        f"  - HOOKBEAT_ALERTS: number 3 (slack://…) is no URL that apprise knows {cure}",
    ]


def test_without_apprise_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setattr(alerts, "find_spec", lambda _name: None)

    with pytest.raises(SettingsError, match="pip install 'hookbeat"):
        channels("json://h/x")
