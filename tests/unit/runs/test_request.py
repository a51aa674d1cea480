"""What a worker's parent process tells of a run whose child is gone."""

from celery.exceptions import Terminated, WorkerLostError

from beat_schedule.runs.request import how_it_died


def test_a_death_is_told_by_the_name_of_its_signal():
    killed = WorkerLostError("Worker exited prematurely: signal 9 (SIGKILL) Job: 3.")
    left = WorkerLostError("Worker exited prematurely: exitcode 3 Job: 3.")

    assert how_it_died(Terminated(15)) == "its process was ended by SIGTERM"
    assert how_it_died(killed) == "its process was ended by SIGKILL"
    assert how_it_died(left) == "its process ended with exit code 3"
