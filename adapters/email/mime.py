"""An e-mail as it travels: the same bytes every time it is sent."""

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from adapters.email.relay import RelaySettingError
from domain.errors import InvalidInputError
from domain.notifications.email import Email, check_address


def sender_from(setting: str) -> Address:
    """Read `CampoTech <avisos@example.org>`; raise RelaySettingError."""
    name, address = parseaddr(setting)
    try:
        check_address(address, field="CAMPOTECH_EMAIL_FROM")
        if not setting.isprintable():
            raise ValueError("A header has one line.")  # noqa: TRY301 -- said in one place below
        return Address(display_name=name, addr_spec=address)
    except (InvalidInputError, ValueError):
        raise RelaySettingError(
            "CAMPOTECH_EMAIL_FROM must be an address, such as CampoTech <avisos@example.org>."
        ) from None


def message_id(email: Email, sender: Address) -> str:
    """Return the Message-ID, by which a repeat is known as one."""
    return f"<{email.key}@{sender.domain}>"


def to_bytes(email: Email, sender: Address) -> bytes:
    """Return the whole message, headers and all."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=email.to)
    message["Subject"] = email.subject
    message["Date"] = format_datetime(email.written_at)
    message["Message-ID"] = message_id(email, sender)
    # No holiday notes and no bounces of robots to a robot.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(email.text, charset="utf-8", cte="quoted-printable")
    if email.html:
        message.add_alternative(email.html, subtype="html", charset="utf-8", cte="quoted-printable")
        message.set_boundary(f"=_{hashlib.sha256(email.key.encode()).hexdigest()[:32]}")
    return message.as_bytes()
