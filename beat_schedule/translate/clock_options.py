"""What a job is told beside its trigger's fields: APScheduler's options, and those of an entry."""

from collections.abc import Mapping
from typing import Any

from beat_schedule.errors import suggestion
from beat_schedule.policies import CatchUp, Overlap

from .clock_jobs import Job
from .clock_triggers import FIELDS_OF
from .options import LONGEST_TEXT, NAME, READERS, is_name
from .report import RefusedError, Report, shown

#: Options of handlers in hooks that add_job says in its own way.
_SAID_OTHERWISE = {"task", "name", "at", "on", "args", "kwargs", "timezone"}
_OPTIONS = tuple(name for name in READERS if name not in _SAID_OTHERWISE)

_PLACES = ("jobstore", "executor")
#: What APScheduler takes beside what names the job and its trigger.
THEIRS = (
    *("timezone", "jitter", "misfire_grace_time", "coalesce", "max_instances"),
    *("next_run_time", "replace_existing", *_PLACES),
)

#: As late as a run may ever be, where APScheduler is told to let it run however late.
_HOWEVER_LATE = "3650d"


def options_of(job: Job, place: str, report: Report) -> dict[str, Any]:
    """The options as a handler in hooks would say them; what is wrong goes to the report."""
    said = dict(job.said)
    told = {name: said[name] for name in _OPTIONS if name in said}
    # Of an unknown trigger nobody can tell which fields it has.
    is_known = isinstance(job.trigger, str) and job.trigger in FIELDS_OF
    fields = FIELDS_OF[job.trigger] if is_known else tuple(said)
    for name in said:
        if name not in {*fields, *_OPTIONS, *THEIRS}:
            known = (*fields, *_OPTIONS, *THEIRS)
            cure = suggestion(name, known) or f"fields are {', '.join(fields)}"
            report.problem(place, f"add_job has no {name!r} for {job.trigger!r}", cure)
    own = {"args": job.args, "kwargs": job.kwargs} | _texts(job, place, report)
    told |= {name: value for name, value in own.items() if value is not None}
    try:
        return {**_policy(said, place, report), **told}
    except RefusedError as refused:
        report.problem(place, refused.reason, refused.cure)
        return told


def _texts(job: Job, place: str, report: Report) -> dict[str, Any]:
    """By `id` and `name` a clock says the entry's name and its description."""
    told = {"name": job.id, "description": job.name}
    if not (job.id is None or is_name(job.id)):
        cure = f"write text: {NAME}"
        report.problem(place, f"id={shown(told.pop('name'))} cannot name an entry", cure)
    if not (job.name is None or (isinstance(job.name, str) and len(job.name) <= LONGEST_TEXT)):
        cure = f"write text of at most {LONGEST_TEXT} characters"
        report.problem(place, f"name={shown(told.pop('description'))} cannot describe it", cure)
    return told


def _policy(said: Mapping[str, Any], place: str, report: Report) -> dict[str, Any]:
    """APScheduler's options by our words; raises RefusedError for what has none."""
    if "next_run_time" in said:
        cure = "write start_date" if said["next_run_time"] else "leave it out, and: hookbeat pause"
        raise RefusedError("next_run_time has no meaning here", cure)
    told: dict[str, Any] = {}
    if (jitter := said.get("jitter")) is not None:
        told["spread"] = _seconds("jitter", jitter)
    if "misfire_grace_time" in said:
        late = said["misfire_grace_time"]
        told["catch_up_window"] = (
            _HOWEVER_LATE if late is None else _seconds("misfire_grace_time", late)
        )
    if said.get("coalesce") is False:
        told["catch_up"] = CatchUp.ALL.value
    if (most := said.get("max_instances", 1)) != 1:
        told["overlap"] = Overlap.ALLOW.value
        reason = f"max_instances={shown(most)}: its runs are not counted, any number may overlap"
        report.warning(place, reason, "leave it out for one at a time")
    for name in _PLACES:
        if said.get(name, "default") != "default":
            reason = f"{name}={shown(said[name])} has no meaning here"
            report.warning(place, reason, "leave it out; the option 'queue' says where it runs")
    return told


def _seconds(name: str, value: Any) -> str:
    """As an option of hooks says it."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return f"{value}s"
    raise RefusedError(f"{name}={shown(value)}", "write whole seconds, at least 1")
