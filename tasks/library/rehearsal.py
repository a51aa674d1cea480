"""A dry run: notices are queued, written as mails, and undone again."""

from collections.abc import Sequence
from datetime import date

from beat_schedule.runs.context import RunContext

from .letters import parcels_of
from .notices import Writer
from .outbox import Outbox
from .policy import NoticePlan
from .settings.specs import LibrarySettings


def rehearse(
    outbox: Outbox,
    settings: LibrarySettings,
    context: RunContext,
    plans: Sequence[NoticePlan],
    on: date,
) -> int:
    """How many mails a real run would have queued; each was written, none is kept."""
    writer = Writer(context.settings.mail_from, context.settings.mail_reply_to)
    now = context.clock.now()
    with outbox.stores.writers() as session:
        new = outbox.queue_in(session, plans, on, now)
        parcels = parcels_of(session, settings, [plan.id for plan in new], now)
        session.rollback()
    letters = [parcel.letter for parcel in parcels if parcel.letter is not None]
    for letter in letters:
        writer.written(letter, now)
        context.log.debug("notice.rehearsed", notice=str(letter.notice_id))
    return len(letters)
