"""Each technician's newest fix by what is stored: what is live may lag behind it."""

from collections.abc import Sequence

from psycopg.rows import TupleRow

from adapters.postgres.pools import Pool
from adapters.postgres.reads import read_rows
from domain.identifiers import MemberId, OrganizationId
from domain.tracking.fix import Fix, moment_of
from domain.tracking.position import Position

# A phone numbers its fixes in the order it measures them, so the primary key finds the newest of
# each numbering in the few partitions of the time asked for.
NEWEST_POSITIONS = """
SELECT DISTINCT ON (device.technician_id) device.technician_id, newest.seq,
  (extract(epoch FROM newest.recorded_at) * 1000000)::bigint,
  (extract(epoch FROM newest.received_at) * 1000000)::bigint,
  newest.latitude_e7, newest.longitude_e7, newest.accuracy_decimeters,
  newest.speed_decimeters_per_second, newest.heading_decidegrees,
  newest.battery_percent::integer, newest.is_mock
FROM devices AS device
JOIN device_installs AS install ON install.organization_id = device.organization_id
  AND install.device_id = device.id AND install.install_epoch = device.install_epoch
CROSS JOIN LATERAL (
  SELECT * FROM technician_locations AS fix
  WHERE fix.organization_id = %(organization_id)s::uuid
    AND fix.install_number = install.number
    AND fix.recorded_at BETWEEN %(since)s AND %(until)s
  ORDER BY fix.seq DESC
  LIMIT 1) AS newest
WHERE device.organization_id = %(organization_id)s::uuid
ORDER BY device.technician_id, newest.recorded_at DESC
"""


class PostgresRecordedPositions:
    """The domain's RecordedPositions."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def newest(
        self, organization_id: OrganizationId, *, since: int, until: int
    ) -> Sequence[Position]:
        bounds = {"since": moment_of(since), "until": moment_of(until)}
        rows = await read_rows(self._pool, organization_id, NEWEST_POSITIONS, bounds)
        return [_position(organization_id, row) for row in rows]


def _position(organization_id: OrganizationId, row: TupleRow) -> Position:
    technician_id, seq, recorded_at, received_at, *measured = row
    return Position(
        organization_id, MemberId(technician_id), Fix(seq, recorded_at, *measured), received_at
    )
