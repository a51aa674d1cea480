"""Where in somebody's file an error arose."""

import traceback
from pathlib import Path

_OURS = str(Path(__file__).parent)


def line_of(error: BaseException, file: str = "") -> str:
    """`name.py line 12`: the last line that the error passed, in that file or in any."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{Path(error.filename).name} line {error.lineno}"
    passed = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((_OURS, "<frozen importlib")) and file in frame.filename
    ]
    return f"{Path(passed[-1].filename).name} line {passed[-1].lineno}" if passed else ""
