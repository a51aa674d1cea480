"""What keeps a part of the beat from its work: said once, and once more when it is over."""

from beat_schedule import logs
from beat_schedule.brokers import words_of
from beat_schedule.errors import RecordAwayError

from .errors import DoubtError, NotLeaderError, WentBackError, is_away, is_refused

log = logs.logger("hookbeat.beat")


class Trouble:
    """The trouble of one part: `passes`, `lease` or `record`; nothing is lost meanwhile."""

    def __init__(self, part: str) -> None:
        self._part = part
        self._said = ""

    def is_over(self) -> None:
        """The part works."""
        if self._said:
            log.info("beat.recovered", part=self._part)
        self._said = ""

    def note(self, error: Exception) -> None:
        """It does not, because of this; again and again the same is said once."""
        before, self._said = self._said, _gist(error)
        if self._said != before:
            _say(error, self._part)


def _gist(error: Exception) -> str:
    """What is not said again: of errors of ours the kind, for their words may count seconds."""
    kind = type(error).__name__
    is_ours = isinstance(error, DoubtError | NotLeaderError | WentBackError | RecordAwayError)
    return kind if is_ours else f"{kind}: {words_of(error)}"


def _say(error: Exception, part: str) -> None:
    match error:
        case DoubtError() | NotLeaderError():
            log.warning("beat.withheld", part=part, reason=str(error))
        case WentBackError():
            log.critical("redis.went_back", part=part, reason=str(error))
        case RecordAwayError():
            log.error("record.away", part=part, reason=str(error))
        case _ if is_away(error):
            log.error("redis.lost", part=part, error=words_of(error))
        case _ if is_refused(error):
            log.error("redis.refuses", part=part, error=words_of(error))
        case _:
            log.error("beat.failed", part=part, exc_info=error)
