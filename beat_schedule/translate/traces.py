"""Where in somebody's file an error arose."""

import traceback
from pathlib import Path

_OURS = str(Path(__file__).parent)


def line_of(error: BaseException, file: str = "") -> str:
    """`name.py line 12`: the last line that the error passed, in that file or in any."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return _said(error.filename, error.lineno)
    passed = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((_OURS, "<frozen importlib")) and file in frame.filename
    ]
    return _said(passed[-1].filename, passed[-1].lineno) if passed else ""


def _said(file: str, line: int | None) -> str:
    """Every package has an `__init__.py`: that name alone tells nothing."""
    parts = Path(file).parts
    return f"{'/'.join(parts[-2:] if parts[-1] == '__init__.py' else parts[-1:])} line {line}"
