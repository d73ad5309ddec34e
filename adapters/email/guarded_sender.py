"""Sends the e-mails of tasks within limits, by a deadline, and not while the relay is away."""

from functools import partial

from adapters.email.replies import RATE_LIMITED
from adapters.guarded_calls.calls import GuardedCalls
from domain.errors import UnknownOutcomeError
from domain.notifications.email import Email
from domain.notifications.ports import EmailPostponedError, EmailSender

SEND = "send"


class GuardedEmailSender:
    """The domain's EmailSender; the one inside tells apart how an e-mail can end."""

    def __init__(self, sender: EmailSender, calls: GuardedCalls) -> None:
        self._sender = sender
        self._calls = calls

    async def send(self, email: Email) -> None:
        await self._calls.make(SEND, partial(self._sender.send, email), is_failure=_is_failure)


def _is_failure(error: BaseException) -> bool:
    # A full mailbox is one receiver's, and a limit is no outage: others may go on.
    match error:
        case EmailPostponedError():
            return error.cause != RATE_LIMITED
        case _:
            return isinstance(error, UnknownOutcomeError)
