"""Notifications in memory, and a relay that does what a test says."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from domain.commands import CommandContext
from domain.errors import NotFoundError, TemporaryError
from domain.identifiers import MemberId, NotificationId, OrganizationId
from domain.notifications.email import Email
from domain.notifications.notification_log import NotificationLog
from domain.notifications.ports import NotificationTransaction
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing
from tests.support.interruptions import Interruptions


class InMemoryNotificationStore:
    """The domain's NotificationStore; `refusals` of its next transactions find it away."""

    def __init__(self, interruptions: Interruptions | None = None) -> None:
        self.ledger = Ledger()
        self.refusals = 0
        self.addresses: dict[tuple[OrganizationId, MemberId], str] = {}
        self.logs: dict[NotificationId, NotificationLog] = {}
        self._interruptions = interruptions or Interruptions()

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[NotificationTransaction]:
        if self.refusals:
            self.refusals -= 1
            raise TemporaryError("away", retry_after_seconds=0.001)
        await self._interruptions.point()
        async with committing(InMemoryNotificationTransaction(self, context)) as transaction:
            yield transaction
            await self._interruptions.point()
        await self._interruptions.point()


class InMemoryNotificationTransaction(InMemoryTransaction):
    """The domain's NotificationTransaction."""

    def __init__(self, store: InMemoryNotificationStore, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._store = store

    async def email_address_of(self, member_id: MemberId) -> str:
        address = self._store.addresses.get((self._context.organization_id, member_id))
        if address is None:
            raise NotFoundError("member", member_id)
        return address

    async def record(self, log: NotificationLog) -> None:
        self.on_commit(lambda: self._store.logs.__setitem__(log.id, log))


class ScriptedRelay:
    """The domain's EmailSender: each send takes the next outcome, None for an e-mail taken.

    A mailbox shows one e-mail per key, as receivers do that know a Message-ID again.
    """

    def __init__(
        self, *outcomes: BaseException | None, interruptions: Interruptions | None = None
    ) -> None:
        self._outcomes = list(outcomes)
        self._interruptions = interruptions or Interruptions()
        self._arrived: list[Email] = []

    @property
    def arrived(self) -> list[Email]:
        return list(self._arrived)

    @property
    def mailbox(self) -> Mapping[str, Email]:
        return {email.key: email for email in self._arrived}

    async def send(self, email: Email) -> None:
        await self._interruptions.point()
        outcome = self._outcomes.pop(0) if self._outcomes else None
        if outcome is not None:
            raise outcome
        self._arrived.append(email)
        await self._interruptions.point()
