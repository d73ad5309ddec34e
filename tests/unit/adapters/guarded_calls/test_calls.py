"""What a call goes through, and what becomes of it on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from adapters.guarded_calls.breaker import BreakerRule
from adapters.guarded_calls.calls import CallTimedOutError
from adapters.guarded_calls.ports import Admission, CallOutcome, ProbeRule, Verdict
from domain.errors import HeldBackError, PreconditionError, TemporaryError, UnknownOutcomeError
from tests.support.clocks import StoppedClock
from tests.support.guarded import FewTokens, NotedCosts, a_breaker, guarded_calls
from tests.support.in_memory_breakers import InMemoryBreakerStates

SENSITIVE = BreakerRule(minimum_calls=1, retry_seconds=60)


class Service:
    """Answers one call after the other as a test wants; the last answer stays."""

    def __init__(self, *answers: Exception | str) -> None:
        self._answers = list(answers)
        self.calls = 0

    async def call(self) -> str:
        self.calls += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Silence:
    """A service that never answers."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.was_cancelled = False

    async def call(self) -> str:
        self.has_begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        return ""


class SlowAdmissions(InMemoryBreakerStates):
    """Decides at once, and answers when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.has_admitted = asyncio.Event()

    async def admit(self, breaker: str, rule: ProbeRule, *, now: float, probe: str) -> Admission:
        admission = await super().admit(breaker, rule, now=now, probe=probe)
        if probe:
            self.has_admitted.set()
            await self.may_answer.wait()
        return admission


async def failed(make: Callable[[], Awaitable[str]], count: int = 1) -> None:
    for _ in range(count):
        with suppress(TemporaryError, UnknownOutcomeError):
            await make()


async def test_an_answer_comes_through_and_is_entered_in_the_books() -> None:
    costs, limiter = NotedCosts(), FewTokens()

    answer = await guarded_calls(costs=costs, limiter=limiter).make(
        "ask", Service("answer").call, keys=("alias",)
    )

    assert answer == "answer"
    assert costs.outcomes == [("ask", CallOutcome.OK)]
    assert limiter.taken == [("alias",)]


async def test_a_call_is_really_stopped_at_its_deadline() -> None:
    costs, silence = NotedCosts(), Silence()

    with pytest.raises(CallTimedOutError):
        await guarded_calls(deadline_seconds=0.02, costs=costs).make("ask", silence.call)

    assert silence.was_cancelled
    assert costs.outcomes == [("ask", CallOutcome.TIMED_OUT)]


async def test_what_may_be_repeated_is_repeated_and_takes_a_token_each_time() -> None:
    service, limiter = Service(TemporaryError("busy"), TemporaryError("busy"), "ok"), FewTokens()

    answer = await guarded_calls(tries=3, limiter=limiter).make(
        "ask", service.call, is_repeatable=True
    )

    assert (answer, service.calls, len(limiter.taken)) == ("ok", 3, 3)


async def test_the_last_failure_is_what_the_caller_hears() -> None:
    service = Service(TemporaryError("first"), TemporaryError("second"))

    with pytest.raises(TemporaryError, match="second"):
        await guarded_calls(tries=2).make("ask", service.call, is_repeatable=True)

    assert service.calls == 2


async def test_what_has_an_effect_is_never_repeated() -> None:
    service = Service(UnknownOutcomeError("lost"))

    with pytest.raises(UnknownOutcomeError):
        await guarded_calls(tries=3).make("order", service.call)

    assert service.calls == 1


async def test_a_refusal_is_never_repeated_and_no_failure() -> None:
    service, costs = Service(PreconditionError("no")), NotedCosts()
    calls = guarded_calls(tries=3, breaker=a_breaker(rule=SENSITIVE), costs=costs)

    with pytest.raises(PreconditionError):
        await calls.make("ask", service.call, is_repeatable=True)

    await calls.look()
    assert (service.calls, costs.outcomes) == (1, [("ask", CallOutcome.REFUSED)])


async def test_who_asks_for_more_time_than_there_is_gets_no_second_call() -> None:
    service = Service(TemporaryError("busy", retry_after_seconds=60))

    with pytest.raises(TemporaryError):
        await guarded_calls(tries=3, deadline_seconds=1).make(
            "ask", service.call, is_repeatable=True
        )

    assert service.calls == 1


async def test_a_limit_holds_a_call_back_before_it_is_made() -> None:
    service, costs = Service("ok"), NotedCosts()
    calls = guarded_calls(limiter=FewTokens(1), costs=costs)
    await calls.make("ask", service.call)

    with pytest.raises(HeldBackError):
        await calls.make("ask", service.call)

    assert (service.calls, costs.causes) == (1, ["rate_limited"])


async def test_an_open_breaker_holds_calls_back_and_spares_the_tokens() -> None:
    service, limiter, costs = Service(TemporaryError("down")), FewTokens(), NotedCosts()
    calls = guarded_calls(breaker=a_breaker(rule=SENSITIVE), limiter=limiter, costs=costs)
    await failed(lambda: calls.make("ask", service.call))

    with pytest.raises(HeldBackError):
        await calls.make("ask", service.call)

    assert (service.calls, len(limiter.taken), costs.causes) == (1, 1, ["breaker_open"])


async def test_a_breaker_that_opens_ends_the_repeats() -> None:
    service = Service(TemporaryError("down"))
    calls = guarded_calls(tries=5, breaker=a_breaker(rule=SENSITIVE))

    with pytest.raises(HeldBackError):
        await calls.make("ask", service.call, is_repeatable=True)

    assert service.calls == 1


@pytest.mark.parametrize("error", [TemporaryError("down"), UnknownOutcomeError("lost")])
async def test_what_says_that_the_service_is_broken_opens_the_breaker(error: Exception) -> None:
    calls = guarded_calls(breaker=a_breaker(rule=SENSITIVE))

    await failed(lambda: calls.make("ask", Service(error).call))

    with pytest.raises(HeldBackError):
        await calls.look()


async def test_a_slow_service_opens_the_breaker() -> None:
    calls = guarded_calls(deadline_seconds=0.02, breaker=a_breaker(rule=SENSITIVE))

    await failed(lambda: calls.make("ask", Silence().call))

    with pytest.raises(HeldBackError):
        await calls.look()


async def test_a_probe_that_is_cancelled_gives_its_lease_back() -> None:
    clock, silence, costs = StoppedClock(), Silence(), NotedCosts()
    breaker = a_breaker(rule=SENSITIVE, clock=clock)
    calls = guarded_calls(breaker=breaker, costs=costs)
    await failed(lambda: calls.make("ask", Service(TemporaryError("down")).call))
    clock.advance(timedelta(minutes=1))
    probe = asyncio.create_task(calls.make("ask", silence.call))
    await silence.has_begun.wait()

    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)

    assert probe.cancelled()
    assert (await breaker.admit()).verdict is Verdict.PROBE
    assert costs.outcomes[-1] == ("ask", CallOutcome.CANCELLED)


async def test_a_call_that_is_cancelled_while_it_is_admitted_gives_the_lease_back() -> None:
    clock, states, service = StoppedClock(), SlowAdmissions(), Service(TemporaryError("down"), "ok")
    calls = guarded_calls(breaker=a_breaker(rule=SENSITIVE, clock=clock, states=states))
    await failed(lambda: calls.make("ask", service.call))
    clock.advance(timedelta(minutes=1))
    states.has_admitted.clear()
    states.may_answer.clear()
    probe = asyncio.create_task(calls.make("ask", service.call))
    await states.has_admitted.wait()

    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    states.may_answer.set()

    assert await calls.make("ask", service.call) == "ok"


async def test_who_does_not_learn_in_time_whether_to_call_makes_no_call() -> None:
    states, service = SlowAdmissions(), Service("ok")
    states.may_answer.clear()
    calls = guarded_calls(deadline_seconds=0.02, breaker=a_breaker(states=states))

    with pytest.raises(TemporaryError):
        await calls.make("ask", service.call)

    assert service.calls == 0


async def test_a_cancelled_call_says_nothing_about_the_service() -> None:
    silence = Silence()
    calls = guarded_calls(breaker=a_breaker(rule=SENSITIVE))
    stopped = asyncio.create_task(calls.make("ask", silence.call))
    await silence.has_begun.wait()

    stopped.cancel()
    await asyncio.gather(stopped, return_exceptions=True)

    await calls.look()


async def test_looking_makes_no_call_and_takes_no_token() -> None:
    limiter = FewTokens(1)

    await guarded_calls(limiter=limiter).look("alias")

    assert limiter.tokens == 1
