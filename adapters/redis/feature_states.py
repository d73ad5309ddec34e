"""What is reported of features, in one hash that all processes read, and two scripts change.

The hash has an epoch, a name made up by whoever finds it missing. When Redis was wiped the epoch is
another one, and every process tells again what it knows. Within an epoch the report that came last
counts; between epochs the one whose status began last.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from domain.health.status import Status, StatusSince

FEATURES_KEY = b"campotech:{features}"
"""The hash; also the channel on which it is said that something in it changed."""

_EPOCH = b"epoch"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

# ARGV: an epoch for a hash that has none; feature, status and the milliseconds of its beginning.
# What has that status already keeps its beginning.
_REPORT = """
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
local known = redis.call('HGET', KEYS[1], ARGV[2])
if not known or string.match(known, '^%S+') ~= ARGV[3] then
  redis.call('HSET', KEYS[1], ARGV[2], ARGV[3] .. ' ' .. ARGV[4])
  redis.call('SPUBLISH', KEYS[1], '')
end
"""

# ARGV: an epoch for a hash that has none, the epoch that the caller knows, and what it knows.
_READ = """
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[2] then
  local has_changed = false
  for at = 3, #ARGV, 3 do
    local known = redis.call('HGET', KEYS[1], ARGV[at])
    if not known or tonumber(string.match(known, '%S+$')) < tonumber(ARGV[at + 2]) then
      redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1] .. ' ' .. ARGV[at + 2])
      has_changed = true
    end
  end
  if has_changed then
    redis.call('SPUBLISH', KEYS[1], '')
  end
end
return redis.call('HGETALL', KEYS[1])
"""


class SharedFeatures:
    """The hash as one process sees it; methods raise RedisError or OSError."""

    def __init__(self, redis: Redis, features: Collection[str], *, epoch: str) -> None:
        """Make it for some features; `epoch` is a name that nobody else makes up."""
        self._redis = redis
        self._features = {feature.encode() for feature in features}
        self._own_epoch = epoch
        self._epoch = b""

    async def report(self, feature_id: str, state: StatusSince) -> None:
        """Say what a feature is now."""
        arguments = (feature_id, state.status.value, _milliseconds(state))
        await self._redis.eval(_REPORT, 1, FEATURES_KEY, self._own_epoch, *arguments)

    async def read(self, known: Mapping[str, StatusSince]) -> dict[str, StatusSince]:
        """Return what all processes say; they are told what is known here if that was lost."""
        said: list[str | int] = []
        for feature_id, state in known.items():
            said += (feature_id, state.status.value, _milliseconds(state))
        answer = await self._redis.eval(_READ, 1, FEATURES_KEY, self._own_epoch, self._epoch, *said)
        fields = dict(zip(answer[::2], answer[1::2], strict=True))
        self._epoch = fields.get(_EPOCH, b"")
        # A later release may know more features than this one.
        return {
            field.decode(): _to_state(value)
            for field, value in fields.items()
            if field in self._features
        }


def _milliseconds(state: StatusSince) -> int:
    return (state.since - _BEGINNING) // _MILLISECOND


def _to_state(value: bytes) -> StatusSince:
    status, _, milliseconds = value.decode().partition(" ")
    return StatusSince(Status(status), _BEGINNING + int(milliseconds) * _MILLISECOND)
