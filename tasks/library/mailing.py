"""The two tasks: find what is overdue and tell its borrowers; send what had to wait."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

from beat_schedule.runs.context import RunContext

from .delivery import Delivery
from .outbox import Outbox, Stores
from .overdue import Borrower, borrowers
from .policy import NoticePlan, Policy, plan
from .rehearsal import rehearse
from .settings.shelf import settings_in_force
from .settings.specs import LibrarySettings

#: Ids in one line of the log.
LISTED = 50

#: Stand in the record of a run even when nothing came of them.
ALWAYS = ("sent", "no_address", "failed")

#: Stand there when there is something to say.
SOMETIMES = (
    *("retrying", "unsure", "withheld", "returned", "held"),
    *("opted_out", "blocked", "waiting", "rehearsed"),
)


def daily(context: RunContext) -> None:
    """Tell every member what they have overdue on the day this run is for."""
    outbox = _outbox(context)
    settings = _settings(context, outbox)
    on = context.due_at.astimezone(settings.zone).date()
    finding = Finding(context=context, settings=settings, outbox=outbox, on=on)
    finding.carry_out()
    _deliver(context, settings, outbox, finding.counts)


def deliver(context: RunContext) -> None:
    """Send the notices whose time has come: after quiet hours, after a server's trouble."""
    outbox = _outbox(context)
    if not outbox.is_pending():
        # Also while the library is not yet set up: no settings are asked for.
        context.report(**dict.fromkeys(ALWAYS, 0))
        return
    _deliver(context, _settings(context, outbox), outbox, Counter())


@dataclass(kw_only=True)
class Finding:
    """One day's walk over what is overdue; `counts` says what it met."""

    context: RunContext
    settings: LibrarySettings
    outbox: Outbox
    on: date
    counts: Counter[str] = field(default_factory=Counter)
    _unreachable: list[str] = field(default_factory=list)

    def carry_out(self) -> None:
        """Queue today's notices, batch by batch; what was queued before is left as it is."""
        with self.outbox.stores.readers() as session:
            overdue = borrowers(session, self.settings.rules, self.on)
            for batch in _batches(self._plans(overdue), self.settings.batch_size):
                self._queue(batch)
        self._list_unreachable(least=1)
        self.context.report(
            **{name: self.counts[name] for name in ("overdue", "members", "queued")}
        )

    def _plans(self, overdue: Iterable[Borrower]) -> Iterator[NoticePlan]:
        policy = Policy(
            after=timedelta(days=self.settings.reminder_after_days),
            most=self.settings.reminder_max,
        )
        for borrower in overdue:
            self.counts["members"] += 1
            self.counts["overdue"] += len(borrower.loans)
            if not self._can_be_told(borrower):
                continue
            due = plan(borrower.member_id, borrower.loans, policy, self.on)
            if due is not None and borrower.is_waiting:
                self.counts["waiting"] += 1
            elif due is not None:
                yield due

    def _can_be_told(self, borrower: Borrower) -> bool:
        """A member without an address uses up no step: the first notice waits for it."""
        if borrower.blocked or borrower.opted_out:
            self.counts["blocked" if borrower.blocked else "opted_out"] += 1
            return False
        if not borrower.has_address:
            self.counts["no_address"] += 1
            self._unreachable.append(borrower.member_id)
            self._list_unreachable(least=LISTED)
        return borrower.has_address

    def _list_unreachable(self, least: int) -> None:
        if len(self._unreachable) >= least:
            self.context.log.warning("members.unreachable", members=tuple(self._unreachable))
            self._unreachable.clear()

    def _queue(self, batch: list[NoticePlan]) -> None:
        now = self.context.clock.now()
        if self.context.settings.mail_dry_run:
            self.counts["rehearsed"] += rehearse(
                self.outbox, self.settings, self.context, batch, self.on
            )
        else:
            self.counts["queued"] += len(self.outbox.queue(batch, self.on, now))


def _outbox(context: RunContext) -> Outbox:
    return Outbox(Stores.of(context.session), context.run_id, uuid.uuid4())


def _settings(context: RunContext, outbox: Outbox) -> LibrarySettings:
    return settings_in_force(outbox.stores.readers, context.settings.timezone)


def _deliver(
    context: RunContext, settings: LibrarySettings, outbox: Outbox, counts: Counter[str]
) -> None:
    delivery = Delivery(context=context, settings=settings, outbox=outbox, counts=counts)
    try:
        if not context.settings.mail_dry_run:
            delivery.carry_out()
    finally:
        counts["held"] = outbox.waiting()
        context.report(**{name: counts[name] for name in ALWAYS})
        context.report(**{name: counts[name] for name in SOMETIMES if counts[name]})


def _batches(plans: Iterator[NoticePlan], size: int) -> Iterator[list[NoticePlan]]:
    while batch := list(islice(plans, size)):
        yield batch
