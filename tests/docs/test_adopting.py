import os
from pathlib import Path

from tests.docs.pages import code_blocks, page, run

PAGE = page("docs/adopting.md")


def test_a_guest_project_made_as_the_page_says_runs_its_task(guest: Path, tmp_path: Path):
    [table] = code_blocks(PAGE, "toml")
    (tmp_path / "pyproject.toml").write_text(table)
    for block in code_blocks(PAGE, "python"):
        first, _, _ = block.partition("\n")
        if first.startswith("# proj/"):
            (tmp_path / first.removeprefix("# ")).parent.mkdir(exist_ok=True)
            (tmp_path / first.removeprefix("# ")).write_text(block)
    environ = {"PATH": f"{guest / 'bin'}:{os.environ['PATH']}"}
    console = next(block for block in code_blocks(PAGE, "console") if "hookbeat run" in block)

    for line in console.splitlines():
        told = run("sh", "-c", line.removeprefix("$ "), cwd=tmp_path, environ=environ)

    assert "proj.tasks.sync" in told
    assert "pulled 3" in told
