"""Where live positions stand in Redis, and the script that puts newer ones there.

Organisations share sixteen slots (hash tags), so that one call of the script serves all those of a
slot, also when Redis is a cluster; thousands of positions a second would cost a call each.
"""

from collections.abc import Iterable, Mapping, Sequence

from adapters.redis.position_codec import encode_position
from domain.identifiers import OrganizationId
from domain.tracking.position import Position

SLOTS = 16
KEPT_SECONDS = 172_800
"""Two days after its last fix an organisation is forgotten."""

# For each organisation KEYS holds its hash, its map and its mark of viewers; ARGV holds the number
# of positions and then technician and payload of each. Returns 1 for organisations watched now.
# GEO knows no place beyond 85 degrees; a fix from there is shown all the same.
PUT_POSITIONS = """
local watched = {}
local at = 2
for key = 1, #KEYS, 3 do
  local hash, map = KEYS[key], KEYS[key + 1]
  local count = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, count do
    local technician, payload = ARGV[at], ARGV[at + 1]
    at = at + 2
    local recorded, _, latitude, longitude = struct.unpack('>i8i8i4i4', payload)
    local known = redis.call('HGET', hash, technician)
    if not known or struct.unpack('>i8', known) < recorded then
      redis.call('HSET', hash, technician, payload)
      redis.pcall('GEOADD', map, longitude / 1e7, latitude / 1e7, technician)
      redis.call('SPUBLISH', hash, payload)
    end
  end
  redis.call('EXPIRE', hash, ARGV[1])
  redis.call('EXPIRE', map, ARGV[1])
  watched[#watched + 1] = redis.call('EXISTS', KEYS[key + 2])
end
return watched
"""


def positions_key(organization_id: OrganizationId) -> bytes:
    """Return the hash of the newest positions; also the channel on which they are told."""
    slot = organization_id.int % SLOTS
    return b"campotech:{positions-%d}:%s" % (slot, organization_id.hex.encode())


def map_key(organization_id: OrganizationId) -> bytes:
    """Return the GEO set of the same positions."""
    return positions_key(organization_id) + b":map"


def viewers_key(organization_id: OrganizationId) -> bytes:
    """Return the mark that somebody watches."""
    return positions_key(organization_id) + b":viewers"


def group_by_slot(
    positions: Iterable[Position],
) -> Sequence[Mapping[OrganizationId, list[Position]]]:
    """Return the positions of each slot that has any, by organisation."""
    slots: dict[int, dict[OrganizationId, list[Position]]] = {}
    for position in positions:
        organization_id = position.organization_id
        slot = slots.setdefault(organization_id.int % SLOTS, {})
        slot.setdefault(organization_id, []).append(position)
    return list(slots.values())


def script_arguments(
    group: Mapping[OrganizationId, list[Position]],
) -> tuple[list[bytes], list[bytes | int | str]]:
    """Return the keys and arguments of `PUT_POSITIONS` for the organisations of one slot."""
    keys: list[bytes] = []
    arguments: list[bytes | int | str] = [KEPT_SECONDS]
    for organization_id, positions in group.items():
        keys += (
            positions_key(organization_id),
            map_key(organization_id),
            viewers_key(organization_id),
        )
        arguments.append(len(positions))
        for position in positions:
            arguments += (str(position.technician_id), encode_position(position))
    return keys, arguments
