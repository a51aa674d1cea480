"""What packages offer is imported when it is first asked for, and is all there."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import beat_schedule
from beat_schedule import actions


@pytest.mark.parametrize("package", [beat_schedule, actions], ids=lambda each: each.__name__)
def test_all_that_a_package_offers_is_there(package):
    assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_no_module_has_the_name_of_what_is_offered():
    # Once it is imported, it would stand in the place of that.
    modules = {module.name for module in pkgutil.iter_modules(actions.__path__)}

    assert modules & set(actions.__all__) == set()


@pytest.mark.parametrize("package", [beat_schedule, actions], ids=lambda each: each.__name__)
def test_what_it_does_not_offer_is_refused_as_python_does_it(package):
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'so'"):
        package.so  # noqa: B018 -- asking is the test


def test_translate_is_the_function_whatever_was_imported_before():
    whole = importlib.import_module("beat_schedule.translate")

    assert beat_schedule.translate is whole.translate


def test_the_package_alone_imports_nothing_of_others():
    heavy = "{'celery', 'pydantic', 'redis', 'sqlalchemy'}"
    script = f"import sys, beat_schedule; print(sorted({heavy} & {{*sys.modules}}))"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def test_the_status_waits_for_no_library_that_it_can_do_without():
    heavy = "{'alembic', 'celery', 'sqlalchemy', 'structlog'}"
    script = f"import sys, beat_schedule.cli.status; print(sorted({heavy} & {{*sys.modules}}))"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
