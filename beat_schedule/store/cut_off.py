"""Errors of a connection that broke: what was not committed is undone, and no task is at fault."""

from sqlalchemy import Engine, ExceptionContext, event

from beat_schedule.errors import cause_of, context_of

#: What such an error carries.
_MARK = "hookbeat_cut_off"

#: Errors that others caused are followed so far.
_DEEPEST = 10


def mark_cut_off(engine: Engine) -> None:
    """From now on, on every error of this engine that is about its connection."""

    @event.listens_for(engine, "handle_error")
    def mark(context: ExceptionContext) -> None:
        if context.is_disconnect or context.connection is None:
            setattr(context.sqlalchemy_exception or context.original_exception, _MARK, True)


def was_cut_off(error: BaseException) -> bool:
    """Whether it comes from a connection of ours that broke, or could not be had."""
    each: BaseException | None = error
    for _ in range(_DEEPEST):
        if each is None:
            return False
        # Not by getattr, which would call the user's own code.
        if _MARK in vars(each):
            return True
        cause = cause_of(each)
        each = context_of(each) if cause is None else cause
    return False
