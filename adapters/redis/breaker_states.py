"""The breakers of all processes in Redis: each change is one script, so that all see the same.

After a wipe every breaker is closed, with nothing counted.
"""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from adapters.guarded_calls.outcomes import BUCKETS, Bucket, OutcomeWindow
from adapters.guarded_calls.ports import Admission, ProbeRule, StateUnavailableError, Verdict

_VERDICTS = (Verdict.CLOSED, Verdict.PROBE, Verdict.OPEN)

# KEYS: the breaker. ARGV: now, time until a retry, the probe's lease (all in ms), the token.
_ADMIT = """
local opened_at = tonumber(redis.call('HGET', KEYS[1], 'opened_at'))
if not opened_at then return {0, 0} end
local now = tonumber(ARGV[1])
local probe_until = tonumber(redis.call('HGET', KEYS[1], 'probe_until')) or 0
local wait = math.max(opened_at + tonumber(ARGV[2]), probe_until) - now
if wait > 0 then return {2, math.ceil(wait), probe_until > now and 1 or 0} end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'probe', ARGV[4], 'probe_until', now + tonumber(ARGV[3]))
end
return {1, 0}
"""
# KEYS: the breaker, its window. ARGV: the bucket, how many are kept, which count, the life in ms,
# how long a call that failed took in ms.
_COUNT = """
if redis.call('HEXISTS', KEYS[1], 'opened_at') == 1 then return false end
local oldest = tonumber(ARGV[1]) - tonumber(ARGV[2]) + 1
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  if tonumber(string.match(field, '^%d+')) < oldest then redis.call('HDEL', KEYS[2], field) end
end
redis.call('HINCRBY', KEYS[2], ARGV[1] .. ':' .. ARGV[3], 1)
if ARGV[3] == 'failures' then
  redis.call('HINCRBY', KEYS[2], ARGV[1] .. ':failed_ms', ARGV[5])
end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return redis.call('HGETALL', KEYS[2])
"""
# KEYS: the breaker, its window. ARGV: now in ms, the probe's token or nothing.
_OPEN = """
local known = redis.call('HGET', KEYS[1], 'probe')
local is_open = redis.call('HEXISTS', KEYS[1], 'opened_at') == 1
if ARGV[2] == '' and is_open then return 0 end
if ARGV[2] ~= '' and known ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'opened_at', ARGV[1])
return 1
"""
_CLOSE = """
if redis.call('HGET', KEYS[1], 'probe') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1], KEYS[2])
"""
_GIVE_BACK = """
if redis.call('HGET', KEYS[1], 'probe') ~= ARGV[1] then return 0 end
return redis.call('HDEL', KEYS[1], 'probe', 'probe_until')
"""


class RedisBreakerStates:
    """The BreakerStates that all processes share."""

    def __init__(self, redis: Redis) -> None:
        self._admit = redis.register_script(_ADMIT)
        self._count = redis.register_script(_COUNT)
        self._open = redis.register_script(_OPEN)
        self._close = redis.register_script(_CLOSE)
        self._give_back = redis.register_script(_GIVE_BACK)

    async def look(self, breaker: str, rule: ProbeRule, *, now: float) -> Admission:
        return await self.admit(breaker, rule, now=now, probe="")

    async def admit(self, breaker: str, rule: ProbeRule, *, now: float, probe: str) -> Admission:
        arguments = _ms(now), _ms(rule.retry_seconds), _ms(rule.lease_seconds), probe
        verdict, wait_ms, *probing = await _answer(self._admit, _keys(breaker)[:1], arguments)
        return Admission(
            verdict=_VERDICTS[verdict],
            wait_seconds=wait_ms / 1000,
            probe=probe,
            is_probing=any(probing),
        )

    async def count(
        self,
        breaker: str,
        window: OutcomeWindow,
        *,
        now: float,
        is_failure: bool,
        seconds: float,
    ) -> OutcomeWindow | None:
        arguments = (
            window.bucket_at(now),
            BUCKETS,
            "failures" if is_failure else "successes",
            _ms(window.seconds * 2),
            _ms(seconds),
        )
        counted = await _answer(self._count, _keys(breaker), arguments)
        if counted is None:
            return None
        return OutcomeWindow(seconds=window.seconds, buckets=_buckets(counted))

    async def open(self, breaker: str, *, now: float, probe: str = "") -> None:
        await _answer(self._open, _keys(breaker), (_ms(now), probe))

    async def close(self, breaker: str, *, probe: str) -> None:
        await _answer(self._close, _keys(breaker), (probe,))

    async def give_back(self, breaker: str, *, probe: str) -> None:
        await _answer(self._give_back, _keys(breaker), (probe,))


async def _answer(script: AsyncScript, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:
    try:
        return await script(keys=keys, args=arguments)
    except (RedisError, OSError) as error:
        raise StateUnavailableError("Redis does not say how the breakers stand.") from error


def _keys(breaker: str) -> Sequence[str]:
    # The braces keep both in one slot of a cluster.
    return f"campotech:{{breaker:{breaker}}}", f"campotech:{{breaker:{breaker}}}:window"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _buckets(counted: Sequence[bytes]) -> dict[int, Bucket]:
    """Read a field `bucket:which` and its count, and so on."""
    buckets: dict[int, Bucket] = {}
    for field, count in zip(counted[::2], counted[1::2], strict=True):
        number, _, which = field.decode().partition(":")
        known = buckets.get(int(number), Bucket())
        buckets[int(number)] = known._replace(**{which: int(count)})
    return buckets
