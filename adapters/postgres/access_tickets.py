"""ARCA's access tickets in Postgres, sealed, with the lease on logging in.

They belong to no tenant: all rows carry the platform's id. The database's clock decides leases.
"""

import json
from datetime import datetime

from adapters.postgres.pools import Pool
from adapters.postgres.reads import read_row
from adapters.postgres.sealed_values import KeyRing, UnsealError
from adapters.postgres.transactions import tenant_transaction
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from domain.invoicing.access_ticket import AccessTicket, LoginLease, LoginWait, TicketScope

_ROW = (
    " WHERE organization_id = %(organization_id)s::uuid AND certificate = %(certificate)s"
    " AND service = %(service)s"
)
_TICKET = f"SELECT sealed_ticket FROM access_tickets{_ROW} AND sealed_ticket IS NOT NULL"
_ENSURE_ROW = """
INSERT INTO access_tickets (organization_id, certificate, service)
VALUES (%(organization_id)s, %(certificate)s, %(service)s) ON CONFLICT DO NOTHING
"""
_TAKE_LEASE = f"""
UPDATE access_tickets SET fencing_token = fencing_token + 1, updated_at = clock_timestamp(),
  lease_expires_at = clock_timestamp() + %(seconds)s * interval '1 second'
{_ROW} AND COALESCE(lease_expires_at, '-infinity') <= clock_timestamp()
  AND COALESCE(no_login_before, '-infinity') <= clock_timestamp()
RETURNING fencing_token
"""
_HOW_LONG = f"""
SELECT EXTRACT(EPOCH FROM GREATEST(lease_expires_at, no_login_before) - clock_timestamp()),
  COALESCE(lease_expires_at > clock_timestamp(), false)
FROM access_tickets{_ROW}
"""
_FINISH = f"""
UPDATE access_tickets SET sealed_ticket = %(sealed)s, expires_at = %(expires_at)s,
  lease_expires_at = NULL, no_login_before = NULL, updated_at = clock_timestamp()
{_ROW} AND fencing_token = %(token)s
"""
_ABANDON = f"""
UPDATE access_tickets SET lease_expires_at = NULL, updated_at = clock_timestamp(),
  no_login_before = clock_timestamp() + %(seconds)s * interval '1 second'
{_ROW} AND fencing_token = %(token)s
"""
_DISCARD = f"""
UPDATE access_tickets SET sealed_ticket = NULL, expires_at = NULL, updated_at = clock_timestamp()
{_ROW} AND sealed_ticket = %(sealed)s
"""


class PostgresAccessTickets:
    """The domain's AccessTicketStore."""

    def __init__(self, pool: Pool, keys: KeyRing) -> None:
        self._pool = pool
        self._keys = keys

    async def ticket(self, scope: TicketScope) -> AccessTicket | None:
        sealed = await self._sealed_ticket(scope)
        return None if sealed is None else self._unsealed(sealed, scope)

    async def begin_login(
        self, scope: TicketScope, *, lease_seconds: float
    ) -> LoginLease | LoginWait:
        bound = _bound(scope, seconds=lease_seconds)
        async with tenant_transaction(self._pool, PLATFORM_ORGANIZATION_ID) as connection:
            await connection.execute(_ENSURE_ROW, bound)
            cursor = await connection.execute(_TAKE_LEASE.encode(), bound)
            taken = await cursor.fetchone()
            if taken is not None:
                return LoginLease(scope, int(taken[0]))
            cursor = await connection.execute(_HOW_LONG.encode(), bound)
            row = await cursor.fetchone()
        # The wait can have ended between the two statements.
        seconds, is_in_progress = row or (0, False)
        return LoginWait(max(0.0, float(seconds or 0)), bool(is_in_progress))

    async def finish_login(self, lease: LoginLease, ticket: AccessTicket) -> bool:
        bound = _bound(
            lease.scope,
            token=lease.fencing_token,
            sealed=self._sealed(ticket, lease.scope),
            expires_at=ticket.expires_at,
        )
        async with tenant_transaction(self._pool, PLATFORM_ORGANIZATION_ID) as connection:
            updated = await connection.execute(_FINISH.encode(), bound)
            return updated.rowcount == 1

    async def abandon_login(self, lease: LoginLease, *, wait_seconds: float) -> None:
        bound = _bound(lease.scope, token=lease.fencing_token, seconds=wait_seconds)
        async with tenant_transaction(self._pool, PLATFORM_ORGANIZATION_ID) as connection:
            await connection.execute(_ABANDON.encode(), bound)

    async def discard(self, scope: TicketScope, ticket: AccessTicket) -> None:
        sealed = await self._sealed_ticket(scope)
        if sealed is None or self._unsealed(sealed, scope) != ticket:
            return
        bound = _bound(scope, sealed=sealed)
        async with tenant_transaction(self._pool, PLATFORM_ORGANIZATION_ID) as connection:
            await connection.execute(_DISCARD.encode(), bound)

    async def _sealed_ticket(self, scope: TicketScope) -> bytes | None:
        row = await read_row(self._pool, PLATFORM_ORGANIZATION_ID, _TICKET, _bound(scope))
        return None if row is None else bytes(row[0])

    def _sealed(self, ticket: AccessTicket, scope: TicketScope) -> bytes:
        fields = [ticket.token, ticket.sign, ticket.expires_at.isoformat()]
        return self._keys.seal(json.dumps(fields).encode(), bound_to=_binding(scope))

    def _unsealed(self, sealed: bytes, scope: TicketScope) -> AccessTicket | None:
        try:
            secret = self._keys.unseal(sealed, bound_to=_binding(scope))
        except UnsealError:
            # The key was retired: without the ticket there is a login, and nothing is lost.
            return None
        token, sign, expires_at = json.loads(secret)
        return AccessTicket(token=token, sign=sign, expires_at=datetime.fromisoformat(expires_at))


def _bound(scope: TicketScope, **values: object) -> dict[str, object]:
    return {
        "organization_id": PLATFORM_ORGANIZATION_ID,
        "certificate": scope.certificate,
        "service": scope.service,
        **values,
    }


def _binding(scope: TicketScope) -> bytes:
    return f"access_tickets {scope.certificate} {scope.service}".encode()
