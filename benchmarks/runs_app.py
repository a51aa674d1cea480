"""The app that each measured worker is started with; it imports where Hookbeat is not installed.

BENCH_KIND says whose worker it is: `bare` Celery, Celery with late acks as ours has them (`late`),
with its own database backend (`database`), with django-celery-results (`django`), or ours.
"""

import os
from typing import Any

from celery import Celery

TASK = "benchmarks.runs_app.work"
KIND = os.environ.get("BENCH_KIND", "bare")
REDIS = os.environ.get("BENCH_REDIS", "")
DATABASE = os.environ.get("BENCH_DATABASE", "")

#: So many entries take turns, so that no run meets another of its entry.
ENTRIES = 500

_trace: list[int] = []


def work(_number: int) -> None:
    """All that a task does here: tell that it ran."""
    if not _trace:
        _trace.append(os.open(os.environ["BENCH_TRACE"], os.O_WRONLY | os.O_APPEND))
    os.write(_trace[0], b".")


def made() -> Celery:
    app = Celery("bench", broker=REDIS)
    if KIND == "hookbeat":
        return ours(app)
    app.conf.update(
        task_default_queue="default",
        broker_connection_retry_on_startup=True,
        task_ignore_result=KIND in {"bare", "late"},
        task_acks_late=KIND == "late",
        worker_prefetch_multiplier=1 if KIND == "late" else 4,
        result_backend=backend(),
    )
    app.task(work, name=TASK)
    return app


def backend() -> str | None:
    if KIND == "database":
        return DATABASE.replace("postgresql://", "db+postgresql+psycopg://")
    if KIND == "django":
        make_django()
        return "django-db"
    return None


def make_django() -> None:
    from urllib.parse import urlsplit  # noqa: PLC0415 -- django is only in a peer's environment

    import django  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    url = urlsplit(DATABASE)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path[1:],
        "USER": url.username,
        "PASSWORD": url.password,
        "HOST": url.hostname,
        "PORT": url.port,
        "CONN_MAX_AGE": None,
    }
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["django_celery_results"],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()


def ours(app: Celery) -> Any:
    from beat_schedule.runs.install import install  # noqa: PLC0415 -- not in a peer's environment
    from beat_schedule.settings import Settings  # noqa: PLC0415
    from beat_schedule.translate.declarations import Declaration  # noqa: PLC0415
    from beat_schedule.translate.translation import translate_events  # noqa: PLC0415

    settings = Settings.read()
    handlers = [{"task": TASK, "name": f"entry-{n}", "args": [n]} for n in range(ENTRIES)]
    declared = Declaration(source="benchmark", events={"hourly": handlers})
    install(app, settings, translate_events([declared], settings))
    return app


app = made()
