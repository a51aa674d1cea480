"""The repository's pages and sources as text, for tests that hold the one against the other."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("beat_schedule", "worker", "tasks")

#: Made by Alembic and never edited afterwards.
MIGRATIONS = "migrations/versions"


@cache
def tracked() -> tuple[Path, ...]:
    """Files of the repository: what git knows and what it would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return tuple(path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file())


def sources(*suffixes: str) -> list[Path]:
    return [path for path in tracked() if path.suffix in suffixes]


def modules() -> list[Path]:
    """Python files of the rooms."""
    return [path for path in sources(".py") if path.relative_to(ROOT).parts[0] in ROOMS]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def page(path: str) -> str:
    return (ROOT / path).read_text()


def table_rows(text: str) -> Iterator[list[str]]:
    """Cells of every row of every Markdown table, heads and rules left out."""
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def section(text: str, heading: str) -> str:
    """The text under a heading, up to the next of the same depth."""
    depth = re.escape(heading.partition(" ")[0])
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^{depth} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    return found[1] if found else ""


def run(*command: str | Path, cwd: Path, environ: Mapping[str, str] | None = None) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        command, cwd=cwd, env=environ, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
