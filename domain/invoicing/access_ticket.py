"""Access tickets (TA): what ARCA's login gives, shared by all processes of the platform.

ARCA refuses a second login for minutes after the first and never repeats a ticket. So a ticket
is kept where every process finds it, and a lease lets one process at a time log in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketScope:
    """What a ticket is good for: a certificate (by its fingerprint) and a service."""

    certificate: str
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTicket:
    """Secrets that stand for a login until they expire."""

    token: str
    sign: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"AccessTicket(expires_at={self.expires_at.isoformat()})"


@dataclass(frozen=True, slots=True)
class LoginLease:
    """The right to log in, until it runs out; the token proves that it is still ours."""

    scope: TicketScope
    fencing_token: int


@dataclass(frozen=True, slots=True)
class LoginWait:
    """Nobody may log in for so long: somebody is at it, or it failed a moment ago."""

    seconds: float
    is_in_progress: bool


class AccessTicketStore(Protocol):
    """One ticket per scope, kept encrypted; its own clock decides leases and waits."""

    async def ticket(self, scope: TicketScope) -> AccessTicket | None:
        """Return the ticket last stored, expired or not; None if there is none."""
        ...

    async def begin_login(
        self, scope: TicketScope, *, lease_seconds: float
    ) -> LoginLease | LoginWait:
        """Take the lease on logging in, or learn how long to wait."""
        ...

    async def finish_login(self, lease: LoginLease, ticket: AccessTicket) -> bool:
        """Store a ticket and end the lease; False if the lease was lost to somebody else."""
        ...

    async def abandon_login(self, lease: LoginLease, *, wait_seconds: float) -> None:
        """End the lease without a ticket; nobody may log in for so long."""
        ...

    async def discard(self, scope: TicketScope, ticket: AccessTicket) -> None:
        """Forget a ticket that the service refuses, unless another took its place."""
        ...
