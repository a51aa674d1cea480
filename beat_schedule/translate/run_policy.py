"""The policy of an entry's runs from its options, and which of them cannot all be meant."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from beat_schedule.errors import Problem
from beat_schedule.policies import RunPolicy
from beat_schedule.times import spoken

from .options import Options

_USUAL = RunPolicy()

#: What nobody asks or tells where a stock worker runs the task.
_OF_TRACKED = (
    "retries",
    "retry_backoff",
    "retry_on",
    "on_lost",
    "feature",
    "environments",
    "expect_within",
    "alert_after",
    "ping",
    "log",
)


def run_policy_of(options: Options) -> RunPolicy:
    """What the options say, and what is usual where they say nothing."""
    return RunPolicy(
        retries=options.retries or _USUAL.retries,
        retry_backoff=options.retry_backoff or _USUAL.retry_backoff,
        retry_on=options.retry_on,
        reruns=_USUAL.reruns if options.on_lost is None else options.on_lost,
        feature=options.feature,
        environments=options.environments,
        expect_within=options.expect_within,
        alert_after=options.alert_after,
        ping=options.ping,
        log=options.log or _USUAL.log,
    )


def run_contradictions(options: Options) -> Iterator[Problem]:
    """Options of runs that cannot all be meant; each at the option to change."""
    if not options.tracked:
        for option in filter(lambda name: _is_said(getattr(options, name)), _OF_TRACKED):
            yield Problem(
                option,
                "has no meaning with tracked False: a stock worker neither asks before a run "
                "nor says how it went",
                "leave one of them out",
            )
        return
    for option in ("retry_backoff", "retry_on"):
        if _is_said(getattr(options, option)) and not options.retries:
            yield Problem(
                option, "has no meaning without retries", "add 'retries': 3, or leave it out"
            )


def run_oddities(options: Options, spread: timedelta) -> Iterator[Problem]:
    """What has a meaning, but hardly the meant one; `spread` is the entry's own offset."""
    within = options.expect_within
    if within and within <= spread:
        yield Problem(
            "expect_within",
            f"{spoken(within)} after each due time are over before it is sent, {spoken(spread)} "
            "after it (its spread)",
            "write a longer one, or a shorter spread",
        )


def _is_said(value: Any) -> bool:
    return value is not None and value not in {"", ()}
