"""E-mails to those who run the platform: plain text to a few fixed addresses, no template."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime

from domain.errors import DomainError, TemporaryError
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
    """Send a notice to each address; raise TemporaryError if one of them may not have got it.

    The same key gives the same Message-IDs, so that a repeat of the whole is known as one by those
    who got it: put into it what makes the notice unique, such as the alert and its period. An
    address that does not work keeps none of the others from being told.
    """
    outcomes = await asyncio.gather(
        *(
            sender.send(
                Email(
                    key=_key(key, address),
                    to=address,
                    subject=" ".join(subject.split())[:LONGEST_SUBJECT],
                    text=text,
                    written_at=at,
                )
            )
            for address in addresses
        ),
        return_exceptions=True,
    )
    failures = [outcome for outcome in outcomes if outcome is not None]
    for failure in failures:
        if not isinstance(failure, DomainError):
            raise failure
        raise TemporaryError(
            f"{len(failures)} of {len(addresses)} operators were not told by e-mail: {failure}"
        ) from failure


def _key(key: str, address: str) -> str:
    digest = hashlib.sha256(f"{key}\n{address.lower()}".encode()).hexdigest()
    return f"notice-{digest[:32]}"
