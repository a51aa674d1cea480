"""Bringing the tables up to date: Alembic, configured in code.

The package's own steps and those of every package in `HOOKBEAT_MIGRATIONS` (a branch each) share
one table of versions and run in one transaction, so that half a migration never stays.
"""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from beat_schedule.errors import StoreError
from beat_schedule.settings import Settings

from .unusable import CURE, unusable

HERE = Path(__file__).parent / "migrations"

#: Names PostgreSQL's lock that keeps two migrations from running at once.
ADVISORY_LOCK = 6_074_321_889

#: Not Alembic's default: a guest's own migrations may live in the same database.
VERSION_TABLE = "hookbeat_version"


def migrate(engine: Engine, settings: Settings) -> list[str]:
    """Run every step that is missing, and name them; safe when two start at once."""
    config = _config(settings)
    try:
        with engine.begin() as connection:
            _wait_for_our_turn(connection)
            steps = _missing(connection, config)
            config.attributes |= {"connection": connection, "version_table": VERSION_TABLE}
            if steps:
                command.upgrade(config, "heads")
    except SQLAlchemyError as error:
        raise unusable(error) from error
    return steps


def pending(engine: Engine, settings: Settings) -> list[str]:
    """The steps that `migrate` would run, oldest first.

    Raises StoreError when the database is newer than this code, or cannot be asked.
    """
    try:
        with engine.execution_options(begin="DEFERRED").connect() as connection:
            return _missing(connection, _config(settings))
    except SQLAlchemyError as error:
        raise unusable(error) from error


def require_current(engine: Engine, settings: Settings) -> None:
    """Raise StoreError, with what to do, unless every table is there and up to date."""
    if steps := pending(engine, settings):
        raise StoreError(f"the database lacks {_listed(steps)}: {CURE}")


def _wait_for_our_turn(connection: Connection) -> None:
    """SQLite's BEGIN IMMEDIATE has waited already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


def _missing(connection: Connection, config: Config) -> list[str]:
    scripts = ScriptDirectory.from_config(config)
    present = _context(connection).get_current_heads()
    try:
        done = {step.revision for step in scripts.iterate_revisions(present, "base")}
    except RevisionError as error:
        raise StoreError(
            f"the database is newer than this code: {error}; install the version that made it"
        ) from error
    steps = [step.revision for step in scripts.walk_revisions()]
    return [step for step in reversed(steps) if step not in done]


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})


def _config(settings: Settings) -> Config:
    config = Config()
    folders = [HERE / "versions", *map(_versions_of, settings.migrations)]
    for name, value in {
        "script_location": str(HERE),
        "path_separator": "newline",
        "version_locations": "\n".join(map(str, folders)),
    }.items():
        config.set_main_option(name, value.replace("%", "%%"))
    return config


def _versions_of(package: str) -> Path:
    """The folder `migrations/versions` of an importable package."""
    for folder in _folders(package):
        if (versions := Path(folder) / "migrations" / "versions").is_dir():
            return versions
    raise StoreError(
        f"HOOKBEAT_MIGRATIONS names {package!r}, which has no folder migrations/versions"
    )


def _folders(package: str) -> Iterable[Any]:
    try:
        spec = find_spec(package)
    except ImportError:
        spec = None
    return (spec.submodule_search_locations if spec else None) or ()


def _listed(steps: list[str]) -> str:
    return f"{len(steps)} migration{'s' if len(steps) > 1 else ''} ({', '.join(steps)})"
