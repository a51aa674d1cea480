"""Task classes under real beats and workers, also one that is written while they run."""

from textwrap import dedent

TASK = """
    from pathlib import Path

    from beat_schedule import Task


    class {name}(Task):
        every = "1s"
        overlap = "allow"

        def __init__(self, settings, due_at):
            self.line = f"{{due_at.isoformat()}} {{settings.environment}} {said}"

        def handle(self, context):
            with Path("{name}").open("a") as ran:
                print(self.line, file=ran)
            context.report(said=1)
"""


def write(installation, name, said):
    (installation.folder / "app" / "tasks").mkdir(parents=True, exist_ok=True)
    text = dedent(TASK).format(name=name, said=said)
    (installation.folder / "app" / "tasks" / f"{name.lower()}.py").write_text(text)


def ran(installation, name):
    trace = installation.folder / name
    return trace.read_text().splitlines() if trace.exists() else []


def test_they_run_and_one_that_is_written_or_edited_meanwhile_does_too(installation, wait_until):
    installation.environ["HOOKBEAT_AUTOLOAD"] = "app/tasks"
    installation.write("hooks.py", "scheduler_events = {}\n")
    write(installation, "First", "hello")
    processes = [installation.start_beat(), installation.start_worker()]
    wait_until(lambda: len(ran(installation, "First")) >= 2, within=60)

    write(installation, "Second", "hello")
    write(installation, "First", "good day")

    wait_until(lambda: len(ran(installation, "Second")) >= 2, within=30)
    wait_until(lambda: ran(installation, "First")[-1].endswith("good day"), within=30)
    assert all(process.alive for process in processes)
    due_times = [line.split()[0] for line in ran(installation, "First")]
    assert len(set(due_times)) == len(due_times)
    assert ran(installation, "First")[0].endswith("development hello")
    [run, *_] = installation.runs("--limit", "1")
    assert run["counts"] == {"said": 1}
