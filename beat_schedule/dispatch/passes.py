"""One pass of the leader: look, find what is due, decide it, move the cursor.

A crash anywhere leaves the next leader to start from cursor, `last` and owing: what was sent is
noted in the same step, and what was not is still due.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from redis.exceptions import ResponseError

from beat_schedule import logs
from beat_schedule.brokers import words_of
from beat_schedule.clock import STRANGE
from beat_schedule.decisions import Decision
from beat_schedule.entries import run_id

from .crew import Crew
from .errors import DoubtError, NotLeaderError, concerns_everybody
from .judge import Judgement, Proposal, judge
from .lease import Lease
from .portions import Plan, portions
from .pushes import Messages
from .roster import Listed, Roster, may_have_more
from .saying import tell_sent
from .state import State
from .traced import tell_traces
from .unread import part_with
from .values import Answer, Candidate, Item, Owing, Standing, Word
from .witness import Witness

#: A pass is made at least this often: the cursor shows that the beat lives.
LONGEST_REST = timedelta(seconds=1)

#: What could not be built or was refused is tried again after this long.
FAILED_AGAIN = timedelta(seconds=10)

#: When to go on with what was decided in part, and why it was.
AGAIN: Mapping[Word, tuple[timedelta, str]] = {
    Word.DECIDED: (timedelta(0), "is decided in portions"),
    Word.DONE: (timedelta(0), "is decided in portions"),
    Word.STALE: (timedelta(0), "was decided by somebody else meanwhile"),
    Word.EARLY: (timedelta(milliseconds=100), "is not due yet by Redis's clock"),
    Word.WAITS: (timedelta(seconds=5), "waits for a run to end"),
    Word.FULL: (timedelta(seconds=1), "the journal is full: the database takes nothing"),
}

log = logs.logger("hookbeat.beat")


class Passes:
    """Makes passes under one grant; after an error begin anew, with a new one of these.

    With `only` some entries are decided, and the cursor stays for the sake of the others.
    """

    def __init__(
        self,
        grant: str,
        *,
        roster: Roster,
        messages: Messages,
        state: State,
        witness: Witness,
        lease: Lease,
        only: Collection[str] | None = None,
        crew: Crew | None = None,
    ) -> None:
        # The one under which Redis was found to be ours: by now another may be.
        self._grant = grant
        self._roster = roster
        self._messages = messages
        self._state = state
        self._witness = witness
        self._lease = lease
        self._only = only
        self._crew = crew
        #: By entry, why its message could not be built when it was tried last.
        self._troubles: dict[str, str] = {}
        #: By entry, what was said to be wrong with it since it was decided last.
        self._said: dict[str, str] = {}
        self._owing: set[str] = set()
        self._begin()

    def make(self, woken: Iterable[str] = ()) -> timedelta:
        """Decide everything due by now; say how long to rest until the next pass.

        `woken` are entries whose run has ended meanwhile. Raises NotLeaderError, DoubtError,
        WentBackError, and the errors of redis-py and kombu: what was due then is still due. An
        entry that cannot be sent is owed, and stops no other.
        """
        now = self._now()
        back = self._crew.back(now) if self._crew else ()
        for key in self._owing & {*woken, *back}:
            self._roster.look_at(key, now)
        looked_at = [key for key in self._roster.take(now) if self._is_asked_for(key)]
        owing: dict[str, Owing] = {}
        sent: dict[str, int] = {}
        for plans in portions(self._plans(looked_at, now, owing)):
            for key, answer in self._decided(plans, now, owing).items():
                self._settle(plans[key], answer, now, owing)
                sent[key] = answer.sent
                tell_traces(plans[key].candidate, answer)
        self._move_cursor(now, owing, self._paid(set(looked_at) - set(owing), now))
        tell_sent(sent, now)
        return self._rest()

    def _is_asked_for(self, key: str) -> bool:
        return self._only is None or key in self._only

    def take_up(self, keys: Collection[str]) -> None:
        """Go on with these entries as the roster has them by now, or has them no more."""
        now = self._now()
        declared = self._roster.declared(keys)
        gone = set(keys) - {each.entry for each in declared}
        self._state.drop(self._grant, sorted(gone))
        standings = self._state.adopt(self._grant, declared)
        self._owing -= gone
        self._roster.go_on(standings, now)
        self._look_at_debtors(standings, now)

    def _begin(self) -> None:
        """Take every entry up where Redis says that it stands. One never seen starts now."""
        now = self._witness.now()
        self._cursor = self._state.cursor()
        standings = self._state.adopt(self._grant, self._roster.declared())
        part_with(self._state, self._grant, self._roster, now)
        self._roster.begin(standings, now)
        self._look_at_debtors(standings, now)
        if self._cursor is None:
            log.info("cursor.started", at=now.isoformat())

    def _look_at_debtors(self, standings: Mapping[str, Standing], now: datetime) -> None:
        """At once, and not when something is due: by now they may owe nothing."""
        for key, standing in standings.items():
            if standing.owes:
                self._owing.add(key)
                self._roster.look_at(key, now)

    def _now(self) -> datetime:
        now = self._witness.now()
        if self._cursor and self._cursor - now > STRANGE:
            ahead = (self._cursor - now).total_seconds()
            raise DoubtError(f"the cursor is {ahead:.0f} s ahead of Redis's clock")
        return now

    def _plans(
        self, keys: Iterable[str], now: datetime, owing: dict[str, Owing]
    ) -> Iterator[tuple[str, Plan]]:
        for key in keys:
            try:
                plan = self._plan(self._roster[key], now)
            except Exception as error:
                if concerns_everybody(error):
                    raise
                self._owe(key, now, owing, FAILED_AGAIN, self._complain(key, error))
                continue
            if plan is None:
                self._roster.look_when_due(key, now)
            elif plan.candidate.items:
                yield key, plan
            else:
                self._owe(key, now, owing, FAILED_AGAIN, plan.trouble)

    def _plan(self, listed: Listed, now: datetime) -> Plan | None:
        due_times = self._roster.due(listed.key, now)
        if not due_times:
            return None
        judgement: Judgement = judge(due_times, listed.policy, now)
        proposals: Sequence[Proposal] = judgement.proposals
        unknown = ""
        if self._crew:
            proposals, unknown = self._crew.allowed(listed, proposals)
        items, trouble = self._items(listed, proposals, now)
        policy = listed.policy
        candidate = Candidate(
            listed.key,
            listed.last,
            policy.spread,
            policy.overlap,
            items,
            policy.even_in_maintenance,
        )
        has_rest = judgement.rest is not None or may_have_more(due_times)
        return Plan(candidate, len(due_times), has_rest, trouble or unknown)

    def _items(
        self, listed: Listed, proposals: Iterable[Proposal], now: datetime
    ) -> tuple[list[Item], str]:
        """Up to the first whose message cannot be built, and why not."""
        items: list[Item] = []
        for each in proposals:
            try:
                items.append(self._item(listed, each, now))
            except Exception as error:
                if concerns_everybody(error):
                    raise
                trouble = self._troubles[listed.key] = self._complain(listed.key, error)
                return items, trouble
        self._troubles.pop(listed.key, None)
        return items, ""

    def _item(self, listed: Listed, proposal: Proposal, now: datetime) -> Item:
        span = (proposal.first, proposal.last, proposal.count)
        trouble = self._troubles.get(listed.key)
        if proposal.decision is Decision.EXPIRED and trouble:
            return Item(*span, Decision.ERROR, trouble)
        if proposal.decision:
            return Item(*span, proposal.decision, proposal.reason)
        policy, due_at = listed.policy, proposal.first
        return Item(
            *span,
            None,
            proposal.reason,
            message=self._messages.message(listed.entry, due_at, now),
            run=str(run_id(listed.key, due_at)) if policy.tracked else "",
            expires_at=policy.expires_at(due_at),
        )

    def _decided(
        self, plans: Mapping[str, Plan], now: datetime, owing: dict[str, Owing]
    ) -> dict[str, Answer]:
        """Carry the plans out; where Redis refuses them, one by one, to find the bad one."""
        self._expect_the_lease()
        candidates = [plan.candidate for plan in plans.values()]
        try:
            return self._state.decide(self._grant, candidates)
        except ResponseError as error:
            if concerns_everybody(error):
                raise
        answers: dict[str, Answer] = {}
        for candidate in candidates:
            try:
                answers |= self._state.decide(self._grant, [candidate])
            except ResponseError as refused:
                trouble = self._complain(candidate.entry, refused)
                self._owe(candidate.entry, now, owing, FAILED_AGAIN, trouble)
        return answers

    def _complain(self, key: str, error: Exception) -> str:
        """Say what is wrong with an entry, the same again and again once; in one line."""
        trouble = _words(error)
        if self._said.get(key) != trouble:
            told = {"error": trouble} if isinstance(error, ResponseError) else {"exc_info": error}
            log.error("occurrence.failed", entry=key, **told)
        self._said[key] = trouble
        return trouble

    def _expect_the_lease(self) -> None:
        term = self._lease.term
        if term is None or term.grant != self._grant:
            raise NotLeaderError("the lease may be somebody else's by now")

    def _settle(self, plan: Plan, answer: Answer, now: datetime, owing: dict[str, Owing]) -> None:
        """Go on from where the entry is decided now."""
        key = plan.candidate.entry
        self._roster[key].last = answer.last
        if not plan.trouble:
            self._said.pop(key, None)
        is_all = answer.word in {Word.DECIDED, Word.DONE} and not plan.has_rest
        if not self._roster.due(key, now) or (is_all and not plan.trouble):
            self._roster.look_when_due(key, now)
        elif plan.trouble:
            self._owe(key, now, owing, FAILED_AGAIN, plan.trouble)
        else:
            self._owe(key, now, owing, *AGAIN[answer.word])

    def _owe(
        self, key: str, now: datetime, owing: dict[str, Owing], again: timedelta, why: str
    ) -> None:
        owing[key] = Owing(self._roster.oldest_due(key), now + again, why)
        self._roster.look_at(key, now + again)

    def _paid(self, looked_at: Iterable[str], now: datetime) -> set[str]:
        """Which owe nothing any more, up to a cursor that may be ahead of a clock set back."""
        upto = max(now, self._cursor or now)
        return {key for key in self._owing & set(looked_at) if not self._roster.due(key, upto)}

    def _move_cursor(self, now: datetime, owing: Mapping[str, Owing], paid: Iterable[str]) -> None:
        upto = now if self._only is None else self._cursor or now
        self._cursor = self._state.advance(self._grant, upto, owing, paid)
        self._owing = (self._owing - set(paid)) | set(owing)

    def _rest(self) -> timedelta:
        soonest = self._roster.soonest()
        if soonest is None:
            return LONGEST_REST
        return min(max(soonest - self._witness.now(), timedelta(0)), LONGEST_REST)


def _words(error: Exception) -> str:
    """In one line, as it stands in the record and in what is owed."""
    return f"{type(error).__name__}: {words_of(error)}".replace("\n", " ")
