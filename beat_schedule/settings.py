"""What the environment says: `HOOKBEAT_*`, validated at start with every problem at once."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from beat_schedule import urls
from beat_schedule.errors import Problem, SettingsError
from beat_schedule.sources import PREFIX, collected
from beat_schedule.times import zone_of
from beat_schedule.written import addresses, checked, queue_seconds, seconds

__all__ = ["BUILT_IN_QUEUES", "PREFIX", "SECRETS", "Settings"]

#: Seconds a run may take in each queue that needs no declaration.
BUILT_IN_QUEUES: Mapping[str, int] = {"default": 300, "short": 300, "long": 1500}

#: May hold passwords: complaints about them never show the value.
SECRETS = ("redis_url", "database_url", "smtp_url", "alerts", "beat_ping")

#: How each is read that names servers or services.
_URLS: Mapping[str, Callable[[str], str]] = {
    "redis_url": urls.redis_url,
    "database_url": urls.database_url,
    "smtp_url": urls.smtp_url,
    "alerts": lambda text: ",".join(urls.alert_urls(text)),
    "beat_ping": urls.http_url,
}

#: A century: what is kept longer is kept for ever.
DAYS = 36_500

Names = tuple[str, ...]


class Settings(BaseModel):
    """Read with `Settings.read`; tests build one directly, by keyword."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    redis_url: SecretStr = Field(
        SecretStr("redis://localhost:6379/0"),
        description="Redis for queues and for the beat's state: redis://[:password@]host:port/db, "
        "or its sentinels with ; between: sentinel://[:password@]host:26379/db;sentinel://…",
    )
    database_url: SecretStr = Field(
        SecretStr("sqlite:///.hookbeat/hookbeat.db"),
        description="The record of runs: sqlite:///path or postgresql://user:password@host/name",
    )
    smtp_url: SecretStr = Field(
        SecretStr("smtp://localhost:1025"),
        description="Where mail goes: smtp://[user:password@]host:port; smtps:// for TLS, "
        "?starttls=true to switch to TLS",
    )
    hooks: Names = Field(("hooks",), description="Hooks modules, merged in this order")
    autoload: Names = Field(
        (), description="Modules and folders that are imported to find what they declare"
    )
    clocks: Names = Field(
        (), description="The clocks that a beat stands for, as main,algolia; empty for every one"
    )
    timezone: str = Field("UTC", description="Zone of entries that name none, as Europe/Paris")
    all_every: timedelta = Field(
        timedelta(seconds=180), description="How often event `all` is due, in seconds"
    )
    grace: timedelta = Field(
        timedelta(seconds=1500),
        description="How long a worker that is told to stop lets its runs go on, in seconds; "
        "then it gives them back",
    )
    pass_warning: timedelta = Field(
        timedelta(hours=1),
        description="Age of the last pass, of a beat or of `run-due`, at which `hookbeat scheduler "
        "status` warns, in seconds",
    )
    pass_error: timedelta = Field(
        timedelta(hours=24), description="Age of the last pass that is an error, in seconds"
    )
    features: str = Field(
        "",
        description="The enum of features, as tasks.features:FeatureToggle; empty for none",
    )
    environment: str = Field(
        "development",
        pattern=r"^[^\s,]{1,100}$",
        description="What this installation is for: entries may run in some only",
    )
    production_guard: bool = Field(
        default=False, description="Elsewhere than in production only entries run that say so"
    )
    reload: bool | None = Field(
        None,
        description="Whether beats and workers read edited code anew; unset: in development only",
    )
    app: str = Field("worker", description="The Celery app, as `celery -A` takes it")
    commands: Names = Field((), description="Modules that add commands to `hookbeat`")
    providers: str = Field(
        "",
        description="What tasks may ask for beside what every run has, as "
        "worker.providers:providers; empty for nothing",
    )
    migrations: Names = Field(
        (), description="Packages with tables of their own (a `migrations` folder each)"
    )
    prefix: str = Field("", description="Goes before every Redis key: keeps installations apart")
    queues: dict[str, int] = Field(
        {}, description="Further queues and their seconds per run: reports=600,exports=3600"
    )
    mail_from: str = Field("library@example.org", description="Sender of every mail")
    mail_reply_to: str = Field("", description="Reply-To of every mail; empty for none")
    mail_allow: Names = Field(
        (), description="On test systems: the only addresses or @domains that get mail"
    )
    mail_rate: float = Field(
        0, ge=0, allow_inf_nan=False, description="Mails per second at most; 0 for no limit"
    )
    mail_dry_run: bool = Field(default=False, description="Write mails, send none")
    version: str = Field(
        "", max_length=100, description="The project's own version: stands in each run's record"
    )
    package_index: str = Field(
        "", description="Who tells of newer versions, as PyPI does it in JSON; empty for nobody"
    )
    keep_runs: int = Field(
        30, ge=1, le=DAYS, description="Days that runs stay on record that did not fail"
    )
    keep_failures: int = Field(
        90, ge=1, le=DAYS, description="Days that failed runs stay; never less than the others"
    )
    keep_per_entry: int = Field(
        10_000, ge=1, le=10**9, description="Runs of an entry that stay, and as many failed ones"
    )
    entries_most: int = Field(
        200_000, ge=0, le=10**7, description="Entries that may be made at run time, all in all"
    )
    entries_least: timedelta = Field(
        timedelta(seconds=60),
        description="What operators may make due no more often than this, in seconds",
    )
    keep_decisions: int = Field(
        30, ge=1, le=DAYS, description="Days that the decisions on due times stay on record"
    )
    keep_audit: int = Field(
        365, ge=1, le=DAYS, description="Days that it stays on record who changed what"
    )
    alerts: SecretStr | None = Field(
        None,
        description="Who is told that an entry fails or was missed: apprise's URLs, with commas "
        "between them",
    )
    beat_ping: SecretStr | None = Field(
        None, description="A URL that is called each minute while a beat leads"
    )
    tracing: bool = Field(
        default=False, description="Whether what is sent and run is told to OpenTelemetry"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level logged"
    )
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="json lines or for people; auto: for people on a terminal"
    )

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None, project: Path | None = None) -> Self:
        """Build from the environment and the project's folder.

        Raises SettingsError once, naming every unknown name and every bad value.
        """
        environ = os.environ if environ is None else environ
        values, problems = collected(cls.model_fields, environ, project or Path.cwd())
        try:
            settings = cls(**values)
        except ValidationError as error:
            problems += [_problem(detail) for detail in error.errors()]
        if problems:
            raise SettingsError(problems)
        return settings

    @field_validator(
        "hooks", "autoload", "clocks", "commands", "migrations", "mail_allow", mode="before"
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("providers")
    @classmethod
    def _module_and_name(cls, value: str) -> str:
        if value and not re.fullmatch(r"[\w.]+:\w+", value):
            raise ValueError("must be MODULE:NAME, as worker.providers:providers")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return zone_of(value).key

    @field_validator(
        "all_every", "grace", "pass_warning", "pass_error", "entries_least", mode="before"
    )
    @classmethod
    def _interval(cls, value: Any) -> timedelta:
        if isinstance(value, timedelta):
            value /= timedelta(seconds=1)
        return timedelta(seconds=seconds(value))

    @field_validator("queues", mode="before")
    @classmethod
    def _queue_seconds(cls, value: Any) -> dict[str, int]:
        return queue_seconds(value)

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if len(addresses(value)) != 1:
            raise ValueError("is no mail address: write name@example.org, or Name <name@…>")
        return value

    @field_validator("mail_reply_to")
    @classmethod
    def _some_addresses(cls, value: str) -> str:
        if value and not addresses(value):
            raise ValueError("is no mail address: write name@example.org, or leave it empty")
        return value

    @field_validator("mail_allow")
    @classmethod
    def _allowable(cls, value: Names) -> Names:
        for name in value:
            if "@" not in name:
                raise ValueError(f"{name!r} is neither name@example.org nor @example.org")
        return value

    @field_validator("alerts", "beat_ping", "reload", mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator(*_URLS)
    @classmethod
    def _url(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        return None if value is None else checked(value, _URLS[str(info.field_name)])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def having_queues(self, names: Iterable[str]) -> Self:
        """The same with a queue for each of these names; one that is declared stays as it is."""
        more = {name: BUILT_IN_QUEUES["default"] for name in names if name not in self.queues}
        return self.model_copy(update={"queues": {**more, **self.queues}}) if more else self

    @property
    def follows_code(self) -> bool:
        """Whether what is edited takes effect in a running beat and worker."""
        return self.environment == "development" if self.reload is None else self.reload

    @property
    def queue_timeouts(self) -> dict[str, timedelta]:
        """Every queue there is, and how long a run may take in it."""
        return {
            name: timedelta(seconds=limit)
            for name, limit in (dict(BUILT_IN_QUEUES) | self.queues).items()
        }


def _problem(detail: Any) -> Problem:
    field = str(detail["loc"][0])
    reason = str(detail["msg"]).removeprefix("Value error, ")
    if field in SECRETS:
        return Problem(PREFIX + field.upper(), reason)
    return Problem(PREFIX + field.upper(), f"{reason}; it is {detail['input']!r}")
