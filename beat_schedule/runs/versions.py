"""What a run was carried out with."""

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from types import MappingProxyType


@cache
def versions(project: str = "") -> Mapping[str, str]:
    """Of Python, of us, of Celery, and of the project where it says one; asked once a process."""
    known = {
        "python": platform.python_version(),
        "hookbeat": version("hookbeat"),
        "celery": version("celery"),
    }
    return MappingProxyType(known | ({"project": project} if project else {}))
