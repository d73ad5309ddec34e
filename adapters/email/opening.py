"""Opens the way to people's mailboxes that the settings describe."""

from collections.abc import Callable

from pydantic import SecretStr

from adapters.email.guarded_sender import GuardedEmailSender
from adapters.email.mime import sender_from
from adapters.email.relay import SmtpRelay
from adapters.email.smtp_sender import SmtpEmailSender
from adapters.guarded_calls.calls import GuardedCalls
from domain.notifications.ports import EmailSender

REACHING_PART = 1 / 3
"""What reaching the relay may take of a deadline: an e-mail that has not been handed over by then
may be sent later without a repeat."""


def open_email_sender(
    smtp_url: SecretStr | None, email_from: str | None, calls: Callable[[], GuardedCalls]
) -> EmailSender | None:
    """Return what tasks send with, None without settings; raise RelaySettingError."""
    if smtp_url is None or email_from is None:
        return None
    guarded = calls()
    sender = SmtpEmailSender(
        SmtpRelay.from_url(smtp_url.get_secret_value()),
        sender_from(email_from),
        open_seconds=guarded.deadline_seconds * REACHING_PART,
        data_seconds=None,
    )
    return GuardedEmailSender(sender, guarded)


def open_operators_email_sender(
    smtp_url: SecretStr | None, email_from: str | None
) -> EmailSender | None:
    """Return what alerts go out with, None without settings; raise RelaySettingError.

    No limit and no breaker holds it back: that a service is suspended is what it has to tell.
    """
    if smtp_url is None or email_from is None:
        return None
    return SmtpEmailSender(SmtpRelay.from_url(smtp_url.get_secret_value()), sender_from(email_from))
