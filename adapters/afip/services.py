"""Both services of ARCA, and what all certificates share on the way to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from adapters.afip.access_tickets import AccessTickets
from adapters.afip.authority import ArcaAuthority
from adapters.afip.channel import Channel
from adapters.afip.credentials import Credentials
from adapters.afip.wsaa import WsaaClient
from adapters.afip.wsfe import WsfeClient
from adapters.guarded_calls.calls import GuardedCalls
from domain.clock import Clock
from domain.invoicing.access_ticket import AccessTicketStore, TicketScope

SERVICE = "wsfe"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcaServices:
    """Connections, tickets, limits and breaker, of which there is one of each for a process."""

    wsaa: Channel
    wsfe: Channel
    tickets: AccessTicketStore
    clock: Clock
    calls: GuardedCalls

    def authority(self, credentials: Credentials) -> ArcaAuthority:
        """Return the way to ARCA with one certificate; it has its own tickets and limits."""
        login = WsaaClient(
            self.wsaa, self.calls, credentials=credentials, clock=self.clock, service=SERVICE
        )
        scope = TicketScope(certificate=credentials.fingerprint, service=SERVICE)
        shared = AccessTickets(self.tickets, login.log_in, self.clock, scope=scope)
        return ArcaAuthority(WsfeClient(self.wsfe, self.calls, shared, alias=credentials.alias))


@asynccontextmanager
async def open_arca_services(
    *,
    wsaa_url: str,
    wsfe_url: str,
    tickets: AccessTicketStore,
    clock: Clock,
    calls: GuardedCalls,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[ArcaServices]:
    """Open the way to ARCA; close its connections at the end."""
    wsaa, wsfe = Channel(wsaa_url, transport=transport), Channel(wsfe_url, transport=transport)
    try:
        yield ArcaServices(wsaa=wsaa, wsfe=wsfe, tickets=tickets, clock=clock, calls=calls)
    finally:
        await wsaa.close()
        await wsfe.close()
