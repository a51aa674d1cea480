"""What the tasks of this house may ask for, beside what every run has."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from beat_schedule.runs.context import Mailer, RunContext
from beat_schedule.runs.providers import Providers
from worker.mail import SmtpMailer


@contextmanager
def mailer(context: RunContext) -> Iterator[Mailer]:
    """A mailer of the run's own, with one connection for all that it sends."""
    made = SmtpMailer(context.settings)
    try:
        yield made
    finally:
        # What was to be sent was sent: a server that is rude at the end changes nothing.
        with suppress(OSError):
            made.close()


#: Found by the setting `providers`.
providers = Providers()
providers.provide(for_="mailer", build=mailer)
