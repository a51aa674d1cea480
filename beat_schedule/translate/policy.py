"""The policy of an entry from its options, and which options cannot all be meant."""

from collections.abc import Iterator

from beat_schedule.errors import Problem
from beat_schedule.events import Event, offset
from beat_schedule.policies import CatchUp, Overlap, Policy
from beat_schedule.schedules import Schedule, default_window, shortest_gap
from beat_schedule.times import spoken

from .options import Options

_USUAL = Policy()


def policy_of(options: Options, schedule: Schedule, event: Event, key: str) -> Policy:
    """What the options say, and what follows where they say nothing."""
    return Policy(
        catch_up=options.catch_up or _USUAL.catch_up,
        catch_up_limit=options.catch_up_limit or _USUAL.catch_up_limit,
        catch_up_window=options.catch_up_window or default_window(schedule),
        overlap=_overlap(options),
        expires=options.expires,
        spread=offset(key, options.spread) if options.spread else event.spread(key),
        tracked=options.tracked,
        even_in_maintenance=options.even_in_maintenance,
        formerly=options.formerly,
    )


def _overlap(options: Options) -> Overlap:
    if not options.tracked:
        return Overlap.ALLOW
    implied = Overlap.QUEUE if options.catch_up is CatchUp.ALL else _USUAL.overlap
    return options.overlap or implied


def contradictions(options: Options) -> Iterator[Problem]:
    """Options that cannot all be meant; each at the option to change."""
    if options.catch_up is CatchUp.ALL and options.overlap is Overlap.SKIP:
        yield Problem(
            "overlap",
            "'skip' would drop what catch_up 'all' keeps",
            "write 'queue' or 'allow', or leave it out for 'queue'",
        )
    if not options.tracked and options.overlap not in {None, Overlap.ALLOW}:
        yield Problem(
            "overlap",
            f"{str(options.overlap)!r} cannot be kept with tracked False: "
            "a stock worker does not say when a run ends",
            "write 'allow', or leave it out",
        )
    if options.catch_up_limit is not None and options.catch_up is not CatchUp.ALL:
        yield Problem(
            "catch_up_limit",
            "has no meaning without catch_up 'all'",
            "add 'catch_up': 'all', or leave it out",
        )
    if options.catch_up_window is not None and options.catch_up is CatchUp.NONE:
        yield Problem(
            "catch_up_window",
            "has no meaning with catch_up 'none': nothing late runs",
            "leave one of them out",
        )


def oddities(options: Options, schedule: Schedule) -> Iterator[Problem]:
    """What has a meaning, but hardly the meant one."""
    window, expires = options.catch_up_window, options.expires
    if window and expires and window > expires:
        yield Problem(
            "catch_up_window",
            f"is longer than expires: after {spoken(expires)} nothing runs any more",
            "make it shorter, or leave it out",
        )
    gap = shortest_gap(schedule) if options.spread else None
    if gap and options.spread and options.spread > gap:
        yield Problem(
            "spread",
            f"{spoken(options.spread)} is longer than the {spoken(gap)} between two due times",
            f"write at most {spoken(gap)}, or a due time may be sent after the next one is due",
        )
