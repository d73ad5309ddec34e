"""Access tickets in memory, with the leases of the real store."""

import asyncio
from dataclasses import dataclass

from domain.errors import TemporaryError
from domain.invoicing.access_ticket import AccessTicket, LoginLease, LoginWait, TicketScope


@dataclass
class _Row:
    ticket: AccessTicket | None = None
    fencing_token: int = 0
    leased_until: float = 0.0
    no_login_before: float = 0.0


class InMemoryAccessTickets:
    """The domain's AccessTicketStore; the next `refusals` notes fail as if it were away."""

    def __init__(self) -> None:
        self.refusals = 0
        self._rows: dict[TicketScope, _Row] = {}

    async def ticket(self, scope: TicketScope) -> AccessTicket | None:
        return self._row(scope).ticket

    async def begin_login(
        self, scope: TicketScope, *, lease_seconds: float
    ) -> LoginLease | LoginWait:
        row, now = self._row(scope), asyncio.get_running_loop().time()
        wait_seconds = max(row.leased_until, row.no_login_before) - now
        if wait_seconds > 0:
            return LoginWait(wait_seconds, row.leased_until > now)
        row.fencing_token += 1
        row.leased_until = now + lease_seconds
        return LoginLease(scope, row.fencing_token)

    async def finish_login(self, lease: LoginLease, ticket: AccessTicket) -> bool:
        self._refuse()
        row = self._row(lease.scope)
        if row.fencing_token != lease.fencing_token:
            return False
        row.ticket, row.leased_until, row.no_login_before = ticket, 0.0, 0.0
        return True

    async def abandon_login(self, lease: LoginLease, *, wait_seconds: float) -> None:
        self._refuse()
        row = self._row(lease.scope)
        if row.fencing_token == lease.fencing_token:
            row.leased_until = 0.0
            row.no_login_before = asyncio.get_running_loop().time() + wait_seconds

    async def discard(self, scope: TicketScope, ticket: AccessTicket) -> None:
        row = self._row(scope)
        if row.ticket == ticket:
            row.ticket = None

    def _refuse(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise TemporaryError("away", retry_after_seconds=0.001)

    def _row(self, scope: TicketScope) -> _Row:
        return self._rows.setdefault(scope, _Row())
