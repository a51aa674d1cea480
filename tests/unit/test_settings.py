"""Settings are validated when they are read, and every problem is told at once."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from beat_schedule import urls
from beat_schedule.errors import SettingsError
from beat_schedule.settings import Settings


def complaint(folder: Path, **environ: str) -> str:
    with pytest.raises(SettingsError) as told:
        Settings.read({f"HOOKBEAT_{name}": value for name, value in environ.items()}, folder)
    return str(told.value)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("REDIS_URL", "redis://:sesame@h:notaport/0", "its port is no number"),
        ("REDIS_URL", "redis://:sesame@h:0/0", "its port is no number"),
        ("REDIS_URL", "redis://:ses#ame@h:1/0", "write @ as %40"),
        ("REDIS_URL", "redis://:sesame@[h:1/0", "cannot be read as a URL"),
        ("REDIS_URL", "redis://:sesame@h:1/xyz", "must end in the number of a database"),
        ("REDIS_URL", "redis://:sesame@h:1/0?ssl_cert_reqs=maybe", "ssl_cert_reqs must be one of"),
        ("REDIS_URL", "redis://:sesame@h:1/0?timeout=3", "is none of ssl_cert_reqs"),
        ("REDIS_URL", "redis://:sesame@h;redis://i", "name one"),
        ("REDIS_URL", "sentinel://:sesame@h:1;redis://i", "between two ; stands no sentinel://"),
        ("REDIS_URL", "sentinel://:ses;ame@h:1", "in a password write ; as %3B"),
        ("REDIS_URL", "sentinel://:sesame@h:1;sentinel://", "a sentinel has no host"),
        ("REDIS_URL", "sentinel://:sesame@h:1;sentinel://i:x", "its port is no number"),
        ("REDIS_URL", "sentinel://:sesame@h;sentinel://:seesame@i", "differ in user and password"),
        ("REDIS_URL", "sentinel://:sesame@h/1;sentinel://i/2", "differ in the number of the"),
        ("REDIS_URL", "sentinel://:sesame@h/x;sentinel://i", "must end in the number of a"),
        ("REDIS_URL", "sentinel://:sesame@h/0?master=m", "is none of master_name"),
        ("REDIS_URL", "redis://:sesame@h:1/0?master_name=m", "is none of ssl_cert_reqs"),
        ("REDIS_URL", "", "must begin with redis:// or rediss:// or sentinel://"),
        ("DATABASE_URL", "postgresql://u:sesame@h:notaport/db", "its port is no number"),
        ("DATABASE_URL", "postgresql://u:ses#ame@h/db", "write @ as %40"),
        ("DATABASE_URL", "postgresql://u:se@same@h/db", "has more than one @"),
        ("DATABASE_URL", "postgresql://u:ses[ame@h/db", "cannot be read as a URL"),
        ("DATABASE_URL", "mysql://u:sesame@h/db", "must begin with sqlite://"),
        ("DATABASE_URL", "sqlite://", "write sqlite:///path"),
        ("DATABASE_URL", "sqlite:///", "write sqlite:///path"),
        ("DATABASE_URL", "sqlite:///:memory:", "write sqlite:///path"),
        ("DATABASE_URL", "sqlite:///file:x?mode=memory&uri=true", "takes no options"),
        ("DATABASE_URL", "sqlite:///x.db?timeout=abc", "takes no options"),
        ("DATABASE_URL", "sqlite://sesame/x.db", "write sqlite:///path"),
        ("SMTP_URL", "smtp://u:sesame@h:notaport", "its port is no number"),
        ("SMTP_URL", "smtp://u:sesame@h:70000", "its port is no number"),
        ("SMTP_URL", "smtp://u:sesame@h:25?startls=true", "is none of starttls"),
        ("SMTP_URL", "smtp://u:sesame@h:25?starttls=perhaps", "starttls must be one of"),
        ("ALERTS", "mailto://u:sesame@h, json:// ,x://y", "number 2 is no URL"),
        ("ALERTS", "sesame", "number 1 is no URL: write SERVICE://"),
        ("BEAT_PING", "hc-ping.com/sesame", "must begin with http:// or https://"),
        ("BEAT_PING", "https://h:0/sesame", "its port is no number"),
    ],
)
def test_a_url_that_no_library_could_use_is_told_without_its_password(
    tmp_path, name, value, reason
):
    told = complaint(tmp_path, **{name: value})

    assert f"HOOKBEAT_{name}: " in told
    assert reason in told
    assert "ses" not in told
    assert "ame@" not in told


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ALL_EVERY", "99999999999999999", "from 1 to 604800"),
        ("ALL_EVERY", "²", "from 1 to 604800"),
        ("ALL_EVERY", "0", "from 1 to 604800"),
        ("ALL_EVERY", "1.5", "from 1 to 604800"),
        ("QUEUES", "reports", "must be NAME=SECONDS"),
        ("QUEUES", "reports=soon", "from 1 to 604800"),
        ("QUEUES", "reports=999999999999999999", "from 1 to 604800"),
        ("QUEUES", "reports=0", "from 1 to 604800"),
        ("QUEUES", "reports=600,reports=700", "'reports' stands there twice"),
        ("QUEUES", "our reports=600", "'our reports' cannot be the name of a queue"),
        ("QUEUES", "x" * 101 + "=600", "cannot be the name of a queue"),
        ("PROVIDERS", "worker.providers", "must be MODULE:NAME, as worker.providers:providers"),
        ("PROVIDERS", "worker/providers.py:providers", "must be MODULE:NAME"),
        ("MAIL_FROM", "nobody", "is no mail address"),
        ("MAIL_FROM", "a@example.org, b@example.org", "is no mail address"),
        ("MAIL_FROM", "a@example.org\nBcc: b@example.org", "is no mail address"),
        ("MAIL_REPLY_TO", "nobody", "is no mail address"),
        ("MAIL_ALLOW", "@example.org,example.com", "'example.com' is neither"),
        ("MAIL_RATE", "inf", "finite"),
        ("MAIL_RATE", "nan", "finite"),
    ],
)
def test_a_value_that_would_fail_later_is_told_at_once(tmp_path, name, value, reason):
    told = complaint(tmp_path, **{name: value})

    assert f"HOOKBEAT_{name}: " in told
    assert reason in told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('tool = "x"', "tool.hookbeat: is no table"),
        ('[tool]\nhookbeat = "x"', "tool.hookbeat: is no table"),
        ("[tool.hookbeat]\nall_every = true", "HOOKBEAT_ALL_EVERY: must be a whole number"),
        ("[tool.hookbeat]\nqueues = {a = true}", "HOOKBEAT_QUEUES: must be a whole number"),
        ("[tool.hookbeat]\nqueues = {'a b' = 3}", "cannot be the name of a queue"),
        ("[tool.hookbeat]\nqueues = 3", "HOOKBEAT_QUEUES: must be NAME=SECONDS"),
        ("[tool.hookbeat", "is not TOML"),
        (b"\xff", "is not text in UTF-8"),
    ],
)
def test_a_project_file_that_cannot_be_used_is_told(tmp_path, text, reason):
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "pyproject.toml").write_bytes(content)

    assert reason in complaint(tmp_path)


def test_a_secret_file_that_is_not_utf_8_is_told_without_its_bytes(tmp_path):
    (tmp_path / "secret").write_bytes(b"redis://:p\xe9@h:1/0")

    told = complaint(tmp_path, REDIS_URL_FILE=str(tmp_path / "secret"))

    assert "HOOKBEAT_REDIS_URL_FILE: is not text in UTF-8" in told
    assert "e9" not in told


def test_every_problem_is_told_at_once(tmp_path):
    told = complaint(
        tmp_path, REDIS_URL="redis://h:x", ALL_EVERY="0", TIMEZON="UTC", DATABASE_URL="sqlite://"
    )

    assert told.count("\n  - ") == 4


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis://localhost",
        "redis://:p%40ss@[::1]:6379/",
        "redis://user:pass@h:6379/15",
        "redis://h/1?ssl_ca_certs=ca.pem",
        "rediss://h:1/0?ssl_cert_reqs=none",
        "sentinel://h",
        "sentinel://:p%3B@h:26379/0?master_name=jobs;sentinel://:p%3B@i:26379/0?master_name=jobs",
    ],
)
def test_what_kombu_can_use_is_taken_as_it_is(url):
    assert Settings(redis_url=url).redis_url.get_secret_value() == url


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///x.db",
        "sqlite:////var/lib/x.db",
        "postgresql:///name?host=/run/postgresql",
        "postgres://u:p%23%2Fw@h:5432/db",
        "postgresql+psycopg://u@[::1]:5432/db",
        "postgresql://u:p@h/db?sslmode=require",
    ],
)
def test_what_sqlalchemy_can_use_is_taken_as_it_is(url):
    assert Settings(database_url=url).database_url.get_secret_value() == url


def test_over_tls_a_certificate_is_asked_for_unless_the_url_says_not():
    settings = Settings(redis_url="rediss://:p@h:1/0?ssl_ca_certs=%2Fca.pem")

    said = settings.redis_url.get_secret_value()

    assert said == "rediss://:p@h:1/0?ssl_ca_certs=%2Fca.pem&ssl_cert_reqs=required"


def test_what_one_sentinel_says_is_said_to_all():
    settings = Settings(redis_url="sentinel://:p@h:1/3?master_name=jobs;sentinel://[::1]:2")

    assert settings.redis_url.get_secret_value().split(";") == [
        "sentinel://:p@h:1/3?master_name=jobs",
        "sentinel://:p@[::1]:2/3?master_name=jobs",
    ]


def test_sentinels_over_tls_are_asked_for_a_certificate_too():
    settings = Settings(redis_url="sentinel://h/0?ssl_ca_certs=ca.pem")

    said = settings.redis_url.get_secret_value()

    assert said == "sentinel://h/0?ssl_ca_certs=ca.pem&ssl_cert_reqs=required"


@pytest.mark.parametrize("sender", ["a@example.org", "The Library <a@example.org>"])
def test_a_sender_may_have_a_name(sender):
    assert Settings(mail_from=sender, mail_reply_to=sender).mail_from == sender


def test_queues_are_read_from_text_and_from_a_table():
    table = tomllib.loads("queues = {reports = 600}")

    assert Settings(queues="reports=600, exports=3600").queues == {"reports": 600, "exports": 3600}
    assert Settings(**table).queue_timeouts["reports"] == timedelta(seconds=600)


def test_seconds_may_be_a_week_and_no_more():
    assert Settings(all_every="604800").all_every == timedelta(days=7)
    assert Settings(all_every=timedelta(minutes=1)).all_every == timedelta(minutes=1)


def test_the_urls_of_alerts_may_hold_commas_themselves(tmp_path):
    said = "mailto://u:sesame@h?to=a@h,b@h, slack://one/two ,json://h"

    settings = Settings.read({"HOOKBEAT_ALERTS": said, "HOOKBEAT_BEAT_PING": ""}, tmp_path)

    assert settings.alerts
    assert urls.alert_urls(settings.alerts.get_secret_value()) == [
        "mailto://u:sesame@h?to=a@h,b@h",
        "slack://one/two",
        "json://h",
    ]
    assert settings.beat_ping is None
    assert "sesame" not in repr(settings)
