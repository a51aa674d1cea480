"""What befell a run beside its attempts; it may have no row yet."""

import uuid
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from beat_schedule.plain import plain_text

from .models import RunEvent


def note_event(session: Session, run: uuid.UUID, event: str, text: str, at: datetime) -> None:
    session.execute(insert(RunEvent).values(run=run, event=event, text=plain_text(text), at=at))
