"""What somebody's code raised, and in which line of theirs."""

import traceback
from pathlib import Path

_OURS = str(Path(__file__).parent)


def raised(error: BaseException, file: str = "") -> str:
    """`ValueError: no (name.py line 12)`: the last line in that file, else the last of any."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"SyntaxError: {error.msg} ({_line(error.filename, error.lineno)})"
    passed = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((_OURS, "<frozen importlib"))
    ]
    own = [frame for frame in passed if file in frame.filename]
    said = f"{type(error).__name__}: {error}"
    last = next(reversed(own or passed), None)
    return f"{said} ({_line(last.filename, last.lineno)})" if last else said


def _line(file: str, line: int | None) -> str:
    """Every package has an `__init__.py`: that name alone tells nothing."""
    parts = Path(file).parts
    return f"{'/'.join(parts[-2:] if parts[-1] == '__init__.py' else parts[-1:])} line {line}"
