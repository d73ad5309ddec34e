"""Sends e-mails through an SMTP relay; every way it can end is told apart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.headerregistry import Address

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from adapters.email.mime import to_bytes
from adapters.email.relay import SmtpRelay
from adapters.email.replies import TRANSIENT_WAIT_SECONDS, error_of, words
from domain.errors import DomainError, UnknownOutcomeError
from domain.notifications.email import Email
from domain.notifications.ports import EmailPostponedError

OPEN_SECONDS = 15.0
DATA_SECONDS = 30.0
"""Relays scan what they get before they answer; RFC 5321 would have us wait ten minutes."""
QUIT_SECONDS = 1.0
UNREACHABLE_WAIT_SECONDS = 60.0


class SmtpEmailSender:
    """The domain's EmailSender: one connection per e-mail, so that none inherits another's fate."""

    def __init__(
        self,
        relay: SmtpRelay,
        sender: Address,
        *,
        open_seconds: float = OPEN_SECONDS,
        data_seconds: float | None = DATA_SECONDS,
    ) -> None:
        """`data_seconds` is None where somebody else ends what takes too long."""
        self._relay = relay
        self._sender = sender
        self._open_seconds = open_seconds
        self._data_seconds = data_seconds

    async def send(self, email: Email) -> None:
        content = to_bytes(email, self._sender)
        async with self._envelope_to(email.to) as client:
            try:
                async with asyncio.timeout(self._data_seconds):
                    await client.data(content)
            except SMTPResponseException as refusal:
                raise error_of(refusal.code, refusal.message) from refusal
            except (SMTPException, OSError) as error:
                raise UnknownOutcomeError(
                    "The relay was given the e-mail and did not say what became of it."
                ) from error
            # It has been taken: whatever happens to the connection now is of no interest.
            with suppress(SMTPException, OSError):
                async with asyncio.timeout(QUIT_SECONDS):
                    await client.quit()

    @asynccontextmanager
    async def _envelope_to(self, address: str) -> AsyncIterator[SMTP]:
        """Yield a connection on which the relay has agreed to a message for the address."""
        client = SMTP(
            hostname=self._relay.host,
            port=self._relay.port,
            use_tls=self._relay.uses_tls,
            start_tls=self._relay.starttls,
            username=self._relay.username,
            password=self._relay.password,
            local_hostname=self._sender.domain,
            timeout=None,
        )
        try:
            await self._open(client, address)
            yield client
        finally:
            client.close()

    async def _open(self, client: SMTP, address: str) -> None:
        try:
            async with asyncio.timeout(self._open_seconds):
                await client.connect()
                await client.mail(self._sender.addr_spec)
                await client.rcpt(address)
        except SMTPRecipientRefused as refusal:
            raise error_of(refusal.code, refusal.message) from refusal
        except SMTPResponseException as refusal:
            raise _ours_to_mend(refusal) from refusal
        except (SMTPException, OSError) as error:
            raise EmailPostponedError(
                "relay_unreachable",
                f"the relay cannot be reached ({type(error).__name__})",
                retry_after_seconds=UNREACHABLE_WAIT_SECONDS,
            ) from error


def _ours_to_mend(refusal: SMTPResponseException) -> DomainError:
    """Return the error for a relay that refuses us, not this e-mail: all of them wait for that."""
    if 400 <= refusal.code < 500:  # noqa: PLR2004 -- 4yz by definition
        return error_of(refusal.code, refusal.message)
    is_login = isinstance(refusal, SMTPAuthenticationError)
    return EmailPostponedError(
        "relay_login_refused" if is_login else "relay_refuses_us",
        f"{refusal.code} {words(refusal.message)}",
        retry_after_seconds=TRANSIENT_WAIT_SECONDS,
    )
