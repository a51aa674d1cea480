"""Where operators say what is to be otherwise about entries, and make others at run time.

The database has the truth, Redis the copy that counts: it is written right after, and the leader
brings what it missed. Every change is noted with who made it and why.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from celery import Celery
from sqlalchemy.orm import Session

from beat_schedule.apps import process_of
from beat_schedule.brokers import told
from beat_schedule.clock import Clock, SystemClock
from beat_schedule.decisions import Definition, EntryKind, Hold
from beat_schedule.dispatch.defining import AT_ONCE
from beat_schedule.dispatch.operator import Operator
from beat_schedule.errors import BrokerError, NotFoundError
from beat_schedule.store.asking import asked
from beat_schedule.store.audit import note
from beat_schedule.store.definitions import Kept, count_made, define, definitions_of, take_turn
from beat_schedule.store.engine import Sessions, engine_of, make_sessions
from beat_schedule.store.holds import every_hold
from beat_schedule.store.migrate import require_current

from .disabling import disable, disabled, enable
from .holding import Resumed
from .reaching import operator_of
from .sayings import ENABLED, Decide, Reason, Said, as_new, said_of, still, without
from .soundness import Options, Soundness, in_the_way


class Desk:
    """One installation's. Nothing is changed where a method raises.

    That is EntryError for what cannot be meant, EntryConflictError for what could be but for what
    there is, NotFoundError for an entry that nobody knows, and RecordAwayError.
    """

    def __init__(
        self,
        soundness: Soundness,
        sessions: Sessions,
        operator: Operator,
        *,
        through: str,
        clock: Clock,
    ) -> None:
        self._sound = soundness
        self._sessions = sessions
        self._operator = operator
        self._through = through
        self._clock = clock

    def key_of(self, name: str) -> str:
        """The key that is meant: this one, or that of the only entry of the task of that path.

        Of what nobody knows the name itself. Raises NotFoundError for a task with several entries.
        """
        if name in self._sound.declared or self._is_said(name):
            return name
        return self._sound.key_of(name)

    def add(self, key: str, options: Options, *, by: str, why: str) -> Said:
        """Make an entry of any task that the app registers."""
        [said] = self.add_all({key: options}, by=by, why=why)
        return said

    def add_all(self, entries: Mapping[str, Options], *, by: str, why: str) -> list[Said]:
        """Make several entries: all of them, or none."""
        sound, now = self._sound, self._clock.now()
        copies = {
            key: sound.of_a_task(sound.copied(key, options, options.get("task")))
            for key, options in entries.items()
        }
        checked = {key: sound.new(key, copy, now) for key, copy in copies.items()}
        changes = {key: as_new(key, copy) for key, copy in copies.items()}
        said = self._change("entry.add", EntryKind.ENTRY, changes, Reason(by=by, why=why))
        return [
            replace(each, entry=checked[each.key][0], warnings=checked[each.key][1])
            for each in said
        ]

    def set(self, key: str, options: Options, *, by: str, why: str) -> Said:
        """Override what the code says of an entry, or say otherwise of one made at run time.

        What was said of it before stays, but for one way of saying when that takes the place of
        another.
        """
        declared = self._sound.declared.get(key)
        self._sound.not_former(key)

        def decide(before: Kept | None) -> Options:
            if not (declared or before):
                raise self._sound.unknown(key)
            known = (before.definition.options if before else None) or {}
            task = declared.task if declared else {**known, **options}.get("task")
            copy = self._sound.copied(key, options, task)
            after = {**still(known, copy), **copy}
            self._sound.changed(key, after, self._clock.now())
            return after

        kind = EntryKind.OVERRIDE if declared else EntryKind.ENTRY
        return self._change_one("entry.set", kind, key, decide, Reason(by=by, why=why))

    def reset(self, key: str, names: Collection[str] = (), *, by: str, why: str) -> Said:
        """Drop an override, or only these options of it: there the code counts again.

        That it is disabled is one of them, `enabled`; where it is so, raises as `enable`.
        """
        held = self._disabled(key) if ENABLED in names or not names else None
        if held is None:
            self._expect_known(key)
        if ENABLED in names and held is None:
            raise NotFoundError(f"{key!r} is not disabled")
        decide = without(key, names, is_disabled=held is not None)
        said = self._change_one(
            "entry.reset", EntryKind.OVERRIDE, key, decide, Reason(by=by, why=why)
        )
        if held:
            with told(self._sound.settings):
                enable(self._operator, key, by=by, why=why)
        return replace(said, freed=held)

    def remove(self, key: str, *, by: str, why: str) -> Said:
        """Remove an entry that was made at run time; its history stays."""

        def decide(before: Kept | None) -> None:
            if before and before.definition.kind is EntryKind.ENTRY:
                return
            if declared := self._sound.declared.get(key):
                cure = "`hookbeat entry set ENTRY --disable` keeps it from running"
                raise in_the_way(key, f"is declared by {declared.place}", cure)
            raise self._sound.unknown(key)

        return self._change_one(
            "entry.remove", EntryKind.ENTRY, key, decide, Reason(by=by, why=why)
        )

    def disable(self, key: str, *, by: str, why: str) -> Hold:
        """Keep it from running, whatever its schedule, until it is enabled; outlives deploys.

        Raises UnheldError in maintenance, and BrokerError where Redis is away.
        """
        self._expect_known(key)
        with told(self._sound.settings):
            return disable(self._operator, key, by=by, why=why)

    def enable(self, key: str, *, by: str, why: str = "") -> Resumed:
        """Let it run again from now on; raises as `disable`."""
        self._expect_known(key)
        with told(self._sound.settings):
            return enable(self._operator, key, by=by, why=why)

    def _disabled(self, key: str) -> Hold | None:
        """Raises BrokerError where it is, and Redis is away: only there it can be enabled."""
        try:
            with told(self._sound.settings):
                sight = self._operator.look()
        except BrokerError:
            with asked(self._sessions) as session:
                if disabled(every_hold(session), key, self._clock.now()):
                    raise
            return None
        return disabled(sight.holds, key, sight.now)

    def _expect_known(self, key: str) -> None:
        if not (key in self._sound.declared or self._is_said(key)):
            raise self._sound.unknown(key)

    def _is_said(self, key: str) -> bool:
        """Whether operators say something of it."""
        with asked(self._sessions) as session:
            return key in definitions_of(session, [key])

    def _change_one(
        self, action: str, kind: EntryKind, key: str, decide: Decide, reason: Reason
    ) -> Said:
        [said] = self._change(action, kind, {key: decide}, reason)
        is_broken = kind is EntryKind.OVERRIDE and key not in self._sound.declared
        return said if is_broken else replace(said, entry=self._sound.entry(key, said.after))

    def _change(
        self, action: str, kind: EntryKind, changes: Mapping[str, Decide], reason: Reason
    ) -> list[Said]:
        """In one transaction, beside which nobody else changes anything."""
        at = self._clock.now()
        with asked(self._sessions) as session:
            version = take_turn(session, at, len(changes))
            kept = definitions_of(session, changes)
            said = [said_of(key, kept.get(key), decide) for key, decide in changes.items()]
            definitions = [
                Definition(key=each.key, kind=kind, options=each.after, version=number, at=at)
                for number, each in enumerate(said, start=version)
                if each.is_changed
            ]
            define(session, definitions, by=reason.by, why=reason.why)
            for each in filter(lambda each: each.is_changed, said):
                note(
                    session,
                    at=at,
                    who=reason.by,
                    by=self._through,
                    action=action,
                    target=each.key,
                    why=reason.why,
                    before=each.before,
                    after=each.after,
                )
            if kind is EntryKind.ENTRY:
                self._count(session, said)
        away = self._tell(definitions)
        return [replace(each, away=away) for each in said]

    def _count(self, session: Session, said: Iterable[Said]) -> None:
        """Raises EntryError where there would be too many."""
        more = sum((each.after is not None) - (each.before is not None) for each in said)
        most = self._sound.settings.entries_most
        if more and count_made(session, more) > most and more > 0:
            reason = f"no more than {most} entries may be made at run time"
            cure = "remove some, or let there be more (HOOKBEAT_ENTRIES_MOST)"
            raise in_the_way(", ".join(each.key for each in said), reason, cure)

    def _tell(self, definitions: Sequence[Definition]) -> str:
        """Tell Redis; why it could not be told."""
        try:
            with told(self._sound.settings):
                for start in range(0, len(definitions), AT_ONCE):
                    self._operator.define(definitions[start : start + AT_ONCE])
        except BrokerError as away:
            return str(away)
        return ""


@contextmanager
def desk_of(app: Celery, *, through: str = "api", clock: Clock | None = None) -> Iterator[Desk]:
    """The desk of the app's installation; `through` says by what way its changes are made.

    Raises StoreError where the record cannot be used.
    """
    app.loader.import_default_modules()
    settings = process_of(app).settings
    with engine_of(settings) as engine, operator_of(settings, through=through) as operator:
        require_current(engine, settings)
        yield Desk(
            Soundness(app),
            make_sessions(engine),
            operator,
            through=through,
            clock=clock or SystemClock(),
        )
