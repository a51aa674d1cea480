"""Why a mail was not handed over: what `context.mailer.send` raises.

MailError
├── RecipientRefusedError     this recipient never (5xx)
├── RecipientDelayedError     this recipient not now (4xx)
├── RecipientWithheldError    the allow-list of a test system leaves them out
├── DeliveryUnsureError       the server fell silent after it had the whole mail
└── MailServerError           the server takes nothing from us: every other would fail alike
    ├── MailSettingsError     it was not even asked: the settings cannot be used
    └── ServerClosedError     it closed the connection before it had a mail
"""

from beat_schedule.errors import HookbeatError


class MailError(HookbeatError):
    """A mail was not handed over."""


class RecipientRefusedError(MailError):
    """The server refuses this recipient, or this mail, for good."""

    #: The server says that the mailbox itself is wrong (enhanced code 5.1.x).
    is_about_mailbox = False


class RecipientDelayedError(MailError):
    """The server does not take this mail now."""


class RecipientWithheldError(MailError):
    """HOOKBEAT_MAIL_ALLOW does not name this recipient: nothing was sent."""


class DeliveryUnsureError(MailError):
    """The server had the whole mail and never said whether it took it."""


class MailServerError(MailError):
    """The server takes nothing from us: every further mail would fail alike."""


class MailSettingsError(MailServerError):
    """HOOKBEAT_SMTP_URL or HOOKBEAT_MAIL_* cannot be used; the message names each and its cure."""


class ServerClosedError(MailServerError):
    """The connection ended before the server had a mail: a fresh one may do."""
