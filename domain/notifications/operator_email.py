"""E-mails to those who run the platform: plain text to a few fixed addresses, no template."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from domain.notifications.email import Email
from domain.notifications.ports import EmailSender

LONGEST_SUBJECT = 150


async def email_operators(
    sender: EmailSender,
    addresses: Sequence[str],
    *,
    key: str,
    subject: str,
    text: str,
    at: datetime,
) -> None:
    """Send a notice to each address, one after another.

    The same key gives the same Message-IDs, so that a repeat of the whole is known as one: put
    into it what makes the notice unique, such as the alert and its period. Raises what the sender
    raises, for the first address that is not served.
    """
    for address in addresses:
        digest = hashlib.sha256(f"{key}\n{address.lower()}".encode()).hexdigest()
        await sender.send(
            Email(
                key=f"notice-{digest[:32]}",
                to=address,
                subject=" ".join(subject.split())[:LONGEST_SUBJECT],
                text=text,
                written_at=at,
            )
        )
