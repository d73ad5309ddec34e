"""Limits on calls over several windows at once: a call takes a token of each of them, or of none.

Redis holds the time of each call of the longest window. The log begins with a mark: without the
mark it was wiped, and is made again from what is known of earlier calls before another is allowed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.guarded_calls.metrics import TOKENS_LEFT
from adapters.guarded_calls.ports import CallHistory
from domain.clock import Clock
from domain.errors import HeldBackError

RATE_LIMITED = "rate_limited"
LIMITS_UNKNOWN = "limits_unknown"
"""The cause of a call that was held back because Redis is away: nobody counts without it."""
AWAY_SECONDS = 10.0
"""How long such a call waits; Redis is soon back, or somebody is on the way to it."""
SHORTEST_PARK_SECONDS = 60.0
"""Whoever finds a window full waits this long at least, though a token may be free sooner: a
thousand invoices that all came back for it would find it gone."""
LONGEST_PARK_SECONDS = 3600.0
"""A window of a day can be full for hours; limits may have been raised by then."""

# KEYS: the log. ARGV: now in ms, the call's name or nothing, then each window in ms and its limit.
# Returns how long to wait in ms, -1 without a mark, then what each window has left.
_TAKE = """
if not redis.call('ZSCORE', KEYS[1], 'mark') then return {-1} end
local now, wait, longest = tonumber(ARGV[1]), 0, 0
for index = 3, #ARGV, 2 do
  local window, limit = tonumber(ARGV[index]), tonumber(ARGV[index + 1])
  -- The mark is the newest for ever, so that the limit-th newest call stands right after it.
  local full = redis.call('ZREVRANGE', KEYS[1], limit, limit, 'WITHSCORES')
  if full[2] then wait = math.max(wait, tonumber(full[2]) + window - now) end
  longest = math.max(longest, window)
end
if wait <= 0 and ARGV[2] ~= '' then
  redis.call('ZADD', KEYS[1], now, ARGV[2])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - longest)
end
local answer = {math.max(0, math.ceil(wait))}
for index = 3, #ARGV, 2 do
  local since = '(' .. string.format('%d', now - tonumber(ARGV[index]))
  local used = redis.call('ZCOUNT', KEYS[1], since, '+inf') - 1
  answer[#answer + 1] = math.max(0, tonumber(ARGV[index + 1]) - used)
end
return answer
"""
# KEYS: the log. ARGV: the time of each call in ms. Another process may have been faster.
_REMEMBER = """
if redis.call('ZSCORE', KEYS[1], 'mark') then return 0 end
for index, at in ipairs(ARGV) do
  redis.call('ZADD', KEYS[1], at, 'remembered:' .. index)
end
redis.call('ZADD', KEYS[1], '+inf', 'mark')
return #ARGV
"""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CallWindow:
    """So many calls in so many seconds."""

    calls: int
    seconds: int


class RedisCallWindows:
    """The Limiter of a service that counts its calls by one key."""

    def __init__(
        self,
        redis: Redis,
        service: str,
        windows: Sequence[CallWindow],
        *,
        history: CallHistory,
        clock: Clock,
    ) -> None:
        self._service = service
        self._windows = windows
        self._history = history
        self._clock = clock
        self._take = redis.register_script(_TAKE)
        self._remember = redis.register_script(_REMEMBER)

    async def look(self, *keys: str) -> None:
        await self._ask(keys, call="")

    async def take(self, *keys: str) -> None:
        await self._ask(keys, call=token_hex(8))

    async def _ask(self, keys: Sequence[str], call: str) -> None:
        try:
            wait_ms = await self._answer(keys, call)
            if wait_ms < 0:
                await self._rebuild(keys)
                wait_ms = await self._answer(keys, call)
        except (RedisError, OSError) as error:
            raise self._held_back(LIMITS_UNKNOWN, AWAY_SECONDS) from error
        if wait_ms < 0:
            raise self._held_back(LIMITS_UNKNOWN, AWAY_SECONDS)
        if wait_ms > 0:
            seconds = max(wait_ms / 1000, SHORTEST_PARK_SECONDS)
            raise self._held_back(RATE_LIMITED, min(seconds, LONGEST_PARK_SECONDS))

    async def _answer(self, keys: Sequence[str], call: str) -> int:
        limits = [text for each in self._windows for text in (each.seconds * 1000, each.calls)]
        wait_ms, *left = await self._take(
            keys=[self._log_of(keys)], args=[self._now_ms(), call, *limits]
        )
        for window, tokens in zip(self._windows, left, strict=False):
            TOKENS_LEFT.labels(self._service, str(window.seconds)).set(tokens)
        return int(wait_ms)

    async def _rebuild(self, keys: Sequence[str]) -> None:
        longest = max(self._windows, key=lambda window: window.seconds)
        since = self._clock.now() - timedelta(seconds=longest.seconds)
        known = await self._history.newest_calls(since, longest.calls, keys=keys)
        times = [math.ceil(moment.timestamp() * 1000) for moment in known]
        remembered = await self._remember(keys=[self._log_of(keys)], args=times)
        logger.warning("call_limits_rebuilt", service=self._service, calls=remembered)

    def _held_back(self, cause: str, seconds: float) -> HeldBackError:
        return HeldBackError(
            f"No call to {self._service} is allowed now.",
            cause=cause,
            retry_after_seconds=seconds,
            service=self._service,
        )

    def _log_of(self, keys: Sequence[str]) -> str:
        return f"campotech:calls:{':'.join((self._service, *keys))}"

    def _now_ms(self) -> int:
        return round(self._clock.now().timestamp() * 1000)
