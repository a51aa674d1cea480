"""Where the values of settings are found, and what is wrong with the names that carry them.

A value comes from the first of: the variable, the file that `<variable>_FILE` names, the table
`[tool.hookbeat]` of the project's `pyproject.toml`, the default.
"""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from beat_schedule.errors import Problem, suggestion

PREFIX = "HOOKBEAT_"


def collected(
    known: Collection[str], environ: Mapping[str, str], project: Path
) -> tuple[dict[str, Any], list[Problem]]:
    """Raw values by field name, and what is wrong with the names that carry them."""
    values, problems = _project_table(project / "pyproject.toml")
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        field = name.removeprefix(PREFIX).lower()
        if field in known:
            values[field] = environ[name]
        elif field.removesuffix("_file") in known and field.endswith("_file"):
            if name.removesuffix("_FILE") in environ:
                problems.append(Problem(name, "is set beside the variable itself", "keep one"))
                continue
            try:
                text = Path(environ[name]).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                problems.append(_unreadable(name, error))
            else:
                values[field.removesuffix("_file")] = text.strip()
        else:
            problems.append(_unknown(name, [PREFIX + each.upper() for each in known]))
    for field in sorted(set(values) - set(known)):
        del values[field]
        problems.append(_unknown(f"pyproject.toml: tool.hookbeat.{field}", known))
    return values, problems


def _project_table(pyproject: Path) -> tuple[dict[str, Any], list[Problem]]:
    try:
        table: Any = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}, []
    except tomllib.TOMLDecodeError as error:
        return {}, [Problem(str(pyproject), f"is not TOML: {error}")]
    except (OSError, UnicodeDecodeError) as error:
        return {}, [_unreadable(str(pyproject), error)]
    for name in ("tool", "hookbeat"):
        table = table.get(name, {})
        if not isinstance(table, dict):
            return {}, [Problem("pyproject.toml: tool.hookbeat", "is no table")]
    return dict(table), []


def _unreadable(place: str, error: OSError | UnicodeDecodeError) -> Problem:
    """What is not UTF-8 is not quoted: it may be a password."""
    if isinstance(error, OSError):
        return Problem(place, f"cannot be read: {error}", "name a readable file")
    return Problem(place, "is not text in UTF-8", "save it as UTF-8")


def _unknown(name: str, known: Any) -> Problem:
    *_, word = name.split(".")
    return Problem(name, "no such setting", suggestion(word, known) or "docs/settings.md lists all")
