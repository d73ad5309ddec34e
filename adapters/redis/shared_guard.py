"""Guards the calls to outside services with what all processes share in Redis."""

from redis.asyncio import Redis

from adapters.guarded_calls.breaker import Breaker, BreakerRule
from adapters.guarded_calls.breaker_news import BreakerNews
from adapters.guarded_calls.calls import GuardedCalls
from adapters.guarded_calls.ports import BreakerStates, CallCosts, Limiter
from adapters.guarded_calls.retries import RetryRule
from adapters.redis.breaker_states import RedisBreakerStates
from adapters.redis.message_rates import MessageRate, RedisMessageRates
from domain.clock import Clock


class SharedGuard:
    """Makes the guarded calls of any service."""

    def __init__(self, redis: Redis, *, clock: Clock, costs: CallCosts) -> None:
        self._redis = redis
        self._clock = clock
        self._costs = costs
        self._states: BreakerStates = RedisBreakerStates(redis)

    def rates(self, service: str, *rates: MessageRate) -> Limiter:
        """Return limits on how often a service is called."""
        return RedisMessageRates(self._redis, service, rates, clock=self._clock)

    def calls(
        self,
        service: str,
        rule: BreakerRule,
        *,
        deadline_seconds: float,
        limiter: Limiter,
        retries: RetryRule,
        news: BreakerNews,
    ) -> GuardedCalls:
        """Return the one way to a service."""
        breaker = Breaker(
            service,
            rule,
            states=self._states,
            clock=self._clock,
            longest_call_seconds=deadline_seconds,
            news=news,
        )
        return GuardedCalls(
            service=service,
            deadline_seconds=deadline_seconds,
            limiter=limiter,
            breaker=breaker,
            costs=self._costs,
            retries=retries,
        )
