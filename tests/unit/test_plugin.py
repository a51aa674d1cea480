"""What each command line of Celery's imports of us, and every stock worker with it."""

import subprocess
import sys


def test_the_plugin_imports_little_that_celery_has_not_imported_already():
    heavy = "{'alembic', 'pydantic', 'redis', 'rich', 'sqlalchemy', 'structlog'}"
    script = (
        "import sys, beat_schedule.plugin; "
        f"print(sorted({heavy} & {{*sys.modules}}), 'beat_schedule.remote' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[] True\n"
