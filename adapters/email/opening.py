"""Opens the way to people's mailboxes that the settings describe."""

from pydantic import SecretStr

from adapters.email.mime import sender_from
from adapters.email.relay import SmtpRelay
from adapters.email.smtp_sender import SmtpEmailSender
from domain.notifications.ports import EmailSender


def open_email_sender(smtp_url: SecretStr | None, email_from: str | None) -> EmailSender | None:
    """Return it, or None without settings; raise RelaySettingError."""
    if smtp_url is None or email_from is None:
        return None
    return SmtpEmailSender(SmtpRelay.from_url(smtp_url.get_secret_value()), sender_from(email_from))
