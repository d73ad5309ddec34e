"""What the SMTP stand-in has taken: one e-mail per Message-ID, however often it came."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Self

EMAILS_KEPT = 5000


@dataclass(slots=True, kw_only=True)
class TakenEmail:
    message_id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    # What the receiver reads.
    text: str
    html: str
    # How often it was handed over; mailboxes show a repeat once.
    times: int = 1

    @classmethod
    def read(cls, content: bytes, *, sender: str, to: tuple[str, ...], at: datetime) -> Self:
        message = message_from_bytes(content, policy=default)
        return cls(
            message_id=str(message["Message-ID"] or "").strip(),
            at=at,
            sender=sender,
            to=to,
            subject=str(message["Subject"] or ""),
            text=_part(message, "plain"),
            html=_part(message, "html"),
        )

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "at": self.at.isoformat()}


class Mailbox:
    """Knows a repeat by its Message-ID and its receivers; the oldest makes room for the newest."""

    def __init__(self) -> None:
        self._emails: dict[tuple[str, tuple[str, ...]], TakenEmail] = {}
        self._unnamed = 0

    def put(self, email: TakenEmail) -> None:
        if not email.message_id:
            self._unnamed += 1
            email.message_id = f"<unnamed-{self._unnamed}@sandbox>"
        key = (email.message_id, email.to)
        known = self._emails.get(key)
        if known is not None:
            known.times += 1
            return
        self._emails[key] = email
        if len(self._emails) > EMAILS_KEPT:
            del self._emails[next(iter(self._emails))]

    def newest_first(
        self, *, to: str | None = None, message_id: str | None = None
    ) -> Iterator[TakenEmail]:
        for email in reversed(self._emails.values()):
            if (to is None or to in email.to) and message_id in {None, email.message_id}:
                yield email

    def clear(self) -> None:
        self._emails.clear()


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
