"""The one way to an outside service: deadline, retry, limits, breaker, the call, its costs.

No provider times out, repeats or counts by itself. Every try takes a token of the limits.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from adapters.guarded_calls.breaker import Breaker
from adapters.guarded_calls.ports import Admission, CallCosts, CallOutcome, Limiter
from adapters.guarded_calls.retries import RetryRule
from domain.errors import HeldBackError, TemporaryError, UnknownOutcomeError

Result = TypeVar("Result")
IsFailure = Callable[[BaseException], bool]

FAILURES = frozenset({CallOutcome.FAILED, CallOutcome.TIMED_OUT})
"""What counts against a service."""


class CallTimedOutError(UnknownOutcomeError):
    """The call was stopped at its deadline; the service may have done what it asked for."""

    reason = "CALL_TIMED_OUT"


def is_failure(error: BaseException) -> bool:
    """Return whether an error says that a service does not work, rather than that it refuses."""
    return isinstance(error, TemporaryError | UnknownOutcomeError | TimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedCalls:
    """Makes the calls to one service."""

    service: str
    deadline_seconds: float
    limiter: Limiter
    breaker: Breaker
    costs: CallCosts
    retries: RetryRule = field(default_factory=RetryRule)
    chance: Callable[[], float] = random.random

    async def look(self, *keys: str) -> None:
        """Raise HeldBackError if a call would not be made now; makes none."""
        try:
            await self.breaker.look()
            await self.limiter.look(*keys)
        except HeldBackError as error:
            self.costs.held_back(self.service, error.cause)
            raise

    async def make(
        self,
        operation: str,
        call: Callable[[], Awaitable[Result]],
        *,
        keys: Sequence[str] = (),
        is_repeatable: bool = False,
        is_failure: IsFailure = is_failure,
    ) -> Result:
        """Return what the call returns; it ends by the deadline, tries and pauses included.

        Raises HeldBackError when a limit or the breaker forbids it, CallTimedOutError when it was
        stopped, and whatever the call raises. `is_repeatable` promises that a second call does no
        harm whatever became of the first.
        """
        deadline = asyncio.get_running_loop().time() + self.deadline_seconds
        tries = 0
        while True:
            tries += 1
            try:
                return await self._try(
                    operation, call, keys=keys, deadline=deadline, is_failure=is_failure
                )
            except HeldBackError as error:
                self.costs.held_back(self.service, error.cause)
                raise
            except Exception as error:
                if not is_repeatable or not is_failure(error):
                    raise
                pause = self.retries.pause_seconds(error, tries=tries, chance=self.chance)
                if pause is None or asyncio.get_running_loop().time() + pause >= deadline:
                    raise
            await asyncio.sleep(pause)

    async def _try(
        self,
        operation: str,
        call: Callable[[], Awaitable[Result]],
        *,
        keys: Sequence[str],
        deadline: float,
        is_failure: IsFailure,
    ) -> Result:
        admission = await self._admission(keys, deadline)
        async with self._settling(admission, operation, is_failure):
            try:
                async with asyncio.timeout_at(deadline):
                    return await call()
            except TimeoutError as error:
                raise CallTimedOutError(
                    f"{self.service} did not answer {operation} in time.", service=self.service
                ) from error

    @asynccontextmanager
    async def _settling(
        self, admission: Admission, operation: str, is_failure: IsFailure
    ) -> AsyncIterator[None]:
        """Enter into the books how the call inside ended, and tell the breaker."""
        outcome, begun_at = CallOutcome.CANCELLED, time.monotonic()
        try:
            yield
            outcome = CallOutcome.OK
        except CallTimedOutError:
            outcome = CallOutcome.TIMED_OUT
            raise
        except Exception as error:
            outcome = CallOutcome.FAILED if is_failure(error) else CallOutcome.REFUSED
            raise
        finally:
            seconds = time.monotonic() - begun_at
            self.costs.record(self.service, operation, outcome=outcome, duration_seconds=seconds)
            if outcome is CallOutcome.CANCELLED:
                await self.breaker.give_back(admission)
            else:
                await self.breaker.settle(
                    admission, is_failure=outcome in FAILURES, seconds=seconds
                )

    async def _admission(self, keys: Sequence[str], deadline: float) -> Admission:
        try:
            async with asyncio.timeout_at(deadline):
                # What the breaker forbids must not use up the tokens of the call that may probe.
                await self.breaker.look()
                await self.limiter.take(*keys)
                return await self.breaker.admit()
        except TimeoutError as error:
            raise TemporaryError(
                f"Whether {self.service} may be called was not to be learnt in time.",
                service=self.service,
            ) from error
