"""The ticket all processes share: read where it is stored, renewed by one of them at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from adapters.afip.wsaa import LoginFailedError
from domain.clock import Clock
from domain.errors import HeldBackError, TemporaryError
from domain.insistence import insist
from domain.invoicing.access_ticket import (
    AccessTicket,
    AccessTicketStore,
    LoginLease,
    TicketScope,
)

RENEWAL_MARGIN = timedelta(minutes=10)
LEASE_SECONDS = 90.0
"""Longer than a login can take with its deadline, so that nobody else begins one meanwhile."""
_UNREACHABLE_WAIT_SECONDS = 2.0
_POLL_SECONDS = 0.2
_PATIENCE_SECONDS = 20.0

LogIn = Callable[[], Awaitable[AccessTicket]]


class AccessTickets:
    """Hands out one scope's ticket."""

    def __init__(
        self, store: AccessTicketStore, log_in: LogIn, clock: Clock, *, scope: TicketScope
    ) -> None:
        self._store = store
        self._log_in = log_in
        self._clock = clock
        self._scope = scope
        self._cached: AccessTicket | None = None
        self._turn = asyncio.Lock()

    async def ticket(self) -> AccessTicket:
        """Return a valid ticket; raise TemporaryError if there is none to be had now."""
        cached = self._cached
        if cached is not None and self._is_fresh(cached):
            return cached
        async with self._turn:
            cached = self._cached
            if cached is None or not self._is_fresh(cached):
                cached = self._cached = await self._shared_or_new()
            return cached

    async def renew(self, refused: AccessTicket) -> AccessTicket:
        """Return another ticket than one that the service refused; raise TemporaryError."""
        async with self._turn:
            if self._cached == refused:
                self._cached = None
            await self._store.discard(self._scope, refused)
        return await self.ticket()

    async def _shared_or_new(self) -> AccessTicket:
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            stored = await self._store.ticket(self._scope)
            if stored is not None and self._is_fresh(stored):
                return stored
            turn = await self._store.begin_login(self._scope, lease_seconds=LEASE_SECONDS)
            if isinstance(turn, LoginLease):
                return await self._renewed(turn)
            if stored is not None and self._is_valid(stored):
                return stored
            is_late = asyncio.get_running_loop().time() > deadline
            if is_late or not turn.is_in_progress:
                raise TemporaryError(
                    "There is no access ticket for ARCA now.",
                    retry_after_seconds=max(turn.seconds, 1.0),
                )
            await asyncio.sleep(_POLL_SECONDS)

    async def _renewed(self, lease: LoginLease) -> AccessTicket:
        # Between our look and our lease somebody may have finished a login.
        stored = await self._store.ticket(self._scope)
        if stored is not None and self._is_fresh(stored):
            await self._store.abandon_login(lease, wait_seconds=0)
            return stored
        try:
            ticket = await self._log_in()
        except TemporaryError as error:
            wait_seconds = _UNREACHABLE_WAIT_SECONDS
            if isinstance(error, LoginFailedError):
                wait_seconds = error.wait_seconds
            elif isinstance(error, HeldBackError):
                # ARCA heard nothing, so nobody has to let it rest.
                wait_seconds = 0.0
            await insist(partial(self._store.abandon_login, lease, wait_seconds=wait_seconds))
            if stored is not None and self._is_valid(stored):
                return stored
            raise
        # ARCA gives no other for minutes: this one is good here whatever becomes of the store.
        self._cached = ticket
        await insist(partial(self._store.finish_login, lease, ticket))
        return ticket

    def _is_fresh(self, ticket: AccessTicket) -> bool:
        return ticket.expires_at - self._clock.now() > RENEWAL_MARGIN

    def _is_valid(self, ticket: AccessTicket) -> bool:
        return ticket.expires_at > self._clock.now()
