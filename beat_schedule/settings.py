"""What the environment says: `HOOKBEAT_*`, validated at start with every problem at once.

A value comes from the first of: the variable, the file that `<variable>_FILE` names, the table
`[tool.hookbeat]` of the project's `pyproject.toml`, the default.
"""

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from beat_schedule.errors import Problem, SettingsError, suggestion

PREFIX = "HOOKBEAT_"

#: Seconds a run may take in each queue that needs no declaration.
BUILT_IN_QUEUES: Mapping[str, int] = {"default": 300, "short": 300, "long": 1500}

#: May hold passwords: complaints about them never show the value.
SECRETS = ("redis_url", "database_url", "smtp_url")

Names = tuple[str, ...]


class Settings(BaseModel):
    """Read with `Settings.read`; tests build one directly, by keyword."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    redis_url: SecretStr = Field(
        SecretStr("redis://localhost:6379/0"),
        description="Redis for queues and for the beat's state: redis://[:password@]host:port/db",
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
    timezone: str = Field("UTC", description="Zone of entries that name none, as Europe/Paris")
    all_every: timedelta = Field(
        timedelta(seconds=180), description="How often event `all` is due, in seconds"
    )
    app: str = Field("worker", description="The Celery app, as `celery -A` takes it")
    commands: Names = Field((), description="Modules that add commands to `hookbeat`")
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
    mail_rate: float = Field(0, ge=0, description="Mails per second at most; 0 for no limit")
    mail_dry_run: bool = Field(default=False, description="Write mails, send none")
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
        values, problems = _collected(cls, environ, project or Path.cwd())
        try:
            settings = cls(**values)
        except ValidationError as error:
            problems += [_problem(detail) for detail in error.errors()]
        if problems:
            raise SettingsError(problems)
        return settings

    @field_validator("hooks", "commands", "migrations", "mail_allow", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            hint = suggestion(value, available_timezones()) or "write it as Europe/Paris or UTC"
            raise ValueError(f"unknown time zone {value!r}; {hint}")
        return value

    @field_validator("all_every", mode="before")
    @classmethod
    def _seconds(cls, value: Any) -> Any:
        if isinstance(value, str) and not value.isdigit():
            raise ValueError("must be a whole number of seconds, 1 or more")
        return timedelta(seconds=int(value)) if isinstance(value, str | int) else value

    @field_validator("all_every")
    @classmethod
    def _whole_seconds(cls, value: timedelta) -> timedelta:
        if value < timedelta(seconds=1) or value % timedelta(seconds=1):
            raise ValueError("must be a whole number of seconds, 1 or more")
        return value

    @field_validator("queues", mode="before")
    @classmethod
    def _queue_seconds(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
        if any(not name.strip() or not seconds.strip().isdigit() for name, _, seconds in pairs):
            raise ValueError("must be NAME=SECONDS, separated by commas: reports=600,exports=3600")
        return {name.strip(): int(seconds) for name, _, seconds in pairs}

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, value: SecretStr) -> SecretStr:
        return _with_scheme(value, ("redis://", "rediss://"))

    @field_validator("smtp_url")
    @classmethod
    def _smtp_scheme(cls, value: SecretStr) -> SecretStr:
        return _with_scheme(value, ("smtp://", "smtps://"))

    @field_validator("database_url")
    @classmethod
    def _database_scheme(cls, value: SecretStr) -> SecretStr:
        return _with_scheme(
            value, ("sqlite://", "postgresql://", "postgres://", "postgresql+psycopg://")
        )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def queue_timeouts(self) -> dict[str, timedelta]:
        """Every queue there is, and how long a run may take in it."""
        return {
            name: timedelta(seconds=seconds)
            for name, seconds in (dict(BUILT_IN_QUEUES) | self.queues).items()
        }


def _with_scheme(value: SecretStr, schemes: tuple[str, ...]) -> SecretStr:
    if not value.get_secret_value().startswith(schemes):
        raise ValueError(f"must begin with {' or '.join(schemes)}")
    return value


def _collected(
    cls: type[Settings], environ: Mapping[str, str], project: Path
) -> tuple[dict[str, Any], list[Problem]]:
    """Raw values by field name, and what is wrong with the names that carry them."""
    values, problems = _project_table(project / "pyproject.toml")
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        field = name.removeprefix(PREFIX).lower()
        if field in cls.model_fields:
            values[field] = environ[name]
        elif field.removesuffix("_file") in cls.model_fields and field.endswith("_file"):
            if name.removesuffix("_FILE") in environ:
                problems.append(Problem(name, "is set beside the variable itself", "keep one"))
                continue
            try:
                values[field.removesuffix("_file")] = Path(environ[name]).read_text().strip()
            except OSError as error:
                problems.append(Problem(name, f"cannot be read: {error}", "name a readable file"))
        else:
            problems.append(_unknown(name, [PREFIX + known.upper() for known in cls.model_fields]))
    for field in sorted(set(values) - set(cls.model_fields)):
        del values[field]
        problems.append(_unknown(f"pyproject.toml: tool.hookbeat.{field}", cls.model_fields))
    return values, problems


def _project_table(pyproject: Path) -> tuple[dict[str, Any], list[Problem]]:
    try:
        text = pyproject.read_text()
    except OSError:
        return {}, []
    try:
        table = tomllib.loads(text).get("tool", {}).get("hookbeat", {})
    except tomllib.TOMLDecodeError as error:
        return {}, [Problem(str(pyproject), f"is not TOML: {error}")]
    return dict(table), []


def _unknown(name: str, known: Any) -> Problem:
    *_, word = name.split(".")
    return Problem(name, "no such setting", suggestion(word, known) or "docs/settings.md lists all")


def _problem(detail: Any) -> Problem:
    field = str(detail["loc"][0])
    reason = str(detail["msg"]).removeprefix("Value error, ")
    if field in SECRETS:
        return Problem(PREFIX + field.upper(), reason)
    return Problem(PREFIX + field.upper(), f"{reason}; it is {detail['input']!r}")
