"""What notifications need from outside: a store, and the way to people's mailboxes."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.commands import CommandContext
from domain.errors import DomainError, TemporaryError
from domain.identifiers import MemberId
from domain.notifications.email import Email
from domain.notifications.notification_log import NotificationLog
from domain.transactions import CommandTransaction


class EmailRefusedError(DomainError):
    """The e-mail will never be taken; `code` is the relay's, or says what is missing."""

    reason = "EMAIL_REFUSED"

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"The e-mail was refused: {code} {text}", code=code)
        self.code = code
        self.text = text


class EmailPostponedError(TemporaryError):
    """The relay took nothing, through no fault of this e-mail: all of them have to wait."""

    reason = "EMAIL_POSTPONED"

    def __init__(self, cause: str, text: str, *, retry_after_seconds: float) -> None:
        super().__init__(
            f"No e-mail is taken now: {text}", retry_after_seconds=retry_after_seconds, cause=cause
        )
        self.cause = cause
        """`rate_limited`, `relay_unreachable`, …"""
        self.wait_seconds = retry_after_seconds


class EmailSender(Protocol):
    """Hands e-mails to a relay."""

    async def send(self, email: Email) -> None:
        """Hand one over; return when the relay has taken responsibility for it.

        Raises EmailRefusedError (never repeat), EmailPostponedError, HeldBackError and
        TemporaryError (the relay does not have it), UnknownOutcomeError (it may have it). The
        Message-ID is made of the e-mail's key, so that a repeat can be known as one.
        """
        ...


class NotificationTransaction(CommandTransaction, Protocol):
    """One command about a notification of an organisation."""

    async def email_address_of(self, member_id: MemberId) -> str:
        """Return a member's address, empty if none is known; raise NotFoundError."""
        ...

    async def record(self, log: NotificationLog) -> None:
        """Store how a notification ended, in the place of how it ended before."""
        ...


class NotificationStore(Protocol):
    """The notifications of all organisations, one organisation at a time."""

    def transaction(
        self, context: CommandContext
    ) -> AbstractAsyncContextManager[NotificationTransaction]:
        """Open a transaction: it commits when the block ends and rolls back when it raises."""
        ...
