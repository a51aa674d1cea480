"""What a run's context is given by this house."""

from beat_schedule.runs.context import Mailer
from beat_schedule.settings import Settings
from worker.mail import SmtpMailer


def mailer(settings: Settings) -> Mailer:
    return SmtpMailer(settings)
