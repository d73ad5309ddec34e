"""Who is on the way to a customer, read once in some seconds for each organisation watched."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from adapters.postgres.pools import Pool
from adapters.postgres.reads import read_rows
from domain.errors import TemporaryError
from domain.identifiers import MemberId, OrganizationId

FRESH_SECONDS = 10.0
LARGEST_CACHE = 10_000

# A job that has been on its way for two months is not; the bound keeps the partitions to three.
_EN_ROUTE = (
    "SELECT DISTINCT technician_id FROM jobs WHERE organization_id = %(organization_id)s::uuid"
    " AND state = 'EN_ROUTE' AND created_at > now() - interval '62 days'"
)


@dataclass(frozen=True, slots=True)
class _Known:
    technicians: frozenset[MemberId]
    read_at: float


class PostgresTravels:
    """The domain's Travels."""

    def __init__(self, pool: Pool, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._pool = pool
        self._fresh_seconds = fresh_seconds
        self._known: OrderedDict[OrganizationId, _Known] = OrderedDict()
        self._reading: set[OrganizationId] = set()

    async def technicians_en_route(self, organization_id: OrganizationId) -> frozenset[MemberId]:
        known = self._known.get(organization_id)
        now = asyncio.get_running_loop().time()
        is_fresh = known is not None and now - known.read_at < self._fresh_seconds
        # Whoever asks while somebody else reads makes do with what is known.
        if not is_fresh and organization_id not in self._reading:
            known = await self._read(organization_id, known, now)
        return frozenset() if known is None else known.technicians

    async def _read(
        self, organization_id: OrganizationId, known: _Known | None, now: float
    ) -> _Known:
        self._reading.add(organization_id)
        try:
            rows = await read_rows(self._pool, organization_id, _EN_ROUTE, {})
            technicians = frozenset(MemberId(row[0]) for row in rows)
        except TemporaryError:
            technicians = frozenset() if known is None else known.technicians
        finally:
            self._reading.discard(organization_id)
        read = self._known[organization_id] = _Known(technicians, now)
        self._known.move_to_end(organization_id)
        if len(self._known) > LARGEST_CACHE:
            self._known.popitem(last=False)
        return read
