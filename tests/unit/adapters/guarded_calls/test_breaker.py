"""A breaker opens by the rate of failures of all processes, and closes by one probe."""

from datetime import timedelta

import pytest

from adapters.guarded_calls.breaker import (
    LONGEST_WAIT_FOR_A_PROBE_SECONDS,
    Breaker,
    BreakerRule,
)
from adapters.guarded_calls.breaker_news import BreakerNews
from adapters.guarded_calls.ports import Admission, Verdict
from domain.errors import HeldBackError
from domain.health.status import Status
from tests.support.clocks import StoppedClock
from tests.support.guarded import NotedReports, a_breaker
from tests.support.in_memory_breakers import InMemoryBreakerStates

RULE = BreakerRule(minimum_calls=4, retry_seconds=60, park_seconds=300)
ONE_MINUTE = timedelta(minutes=1)


class Processes:
    """Two processes with a breaker each, over one shared state."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.states = InMemoryBreakerStates()
        self.reports = [NotedReports(), NotedReports()]
        self.breakers = [
            a_breaker(
                rule=RULE,
                states=self.states,
                clock=self.clock,
                news=BreakerNews(
                    "arca",
                    reports,
                    feature_id="invoicing.afip",
                    status_when_open=Status.DEGRADED,
                ),
            )
            for reports in self.reports
        ]

    async def call(self, process: int = 0, *, fails: bool) -> None:
        breaker = self.breakers[process]
        await breaker.settle(await breaker.admit(), is_failure=fails, seconds=0.25)

    async def open(self) -> None:
        for number in range(RULE.minimum_calls):
            await self.call(number % 2, fails=True)

    async def is_open(self, process: int) -> bool:
        return await is_held_back(self.breakers[process])

    def told(self, process: int) -> list[Status]:
        return [status for _, status in self.reports[process].reported]


async def is_held_back(breaker: Breaker) -> bool:
    try:
        await breaker.look()
    except HeldBackError:
        return True
    return False


@pytest.fixture
def processes() -> Processes:
    return Processes()


async def test_half_of_the_calls_of_all_processes_have_to_fail(processes: Processes) -> None:
    for fails in (False, False, True):
        await processes.call(0, fails=fails)
    before = await processes.is_open(1)

    await processes.call(1, fails=True)

    assert (before, await processes.is_open(0), await processes.is_open(1)) == (False, True, True)


async def test_fewer_failures_than_half_open_nothing(processes: Processes) -> None:
    for fails in (False, False, False, True, True, False):
        await processes.call(fails=fails)

    assert not await processes.is_open(0)


async def test_few_calls_open_nothing_though_all_failed(processes: Processes) -> None:
    for _ in range(RULE.minimum_calls - 1):
        await processes.call(fails=True)

    assert not await processes.is_open(0)


async def test_failures_of_long_ago_open_nothing(processes: Processes) -> None:
    for _ in range(RULE.minimum_calls - 1):
        await processes.call(fails=True)
        processes.clock.advance(ONE_MINUTE)

    await processes.call(fails=True)

    assert not await processes.is_open(0)


async def test_what_is_held_back_waits_as_long_as_the_rule_says(processes: Processes) -> None:
    await processes.open()

    with pytest.raises(HeldBackError) as refusal:
        await processes.breakers[1].admit()

    assert (refusal.value.cause, refusal.value.wait_seconds) == ("breaker_open", 300)


async def test_what_meets_a_probe_waits_for_its_outcome_alone(processes: Processes) -> None:
    await processes.open()
    processes.clock.advance(ONE_MINUTE)
    await processes.breakers[1].admit()

    with pytest.raises(HeldBackError) as refusal:
        await processes.breakers[0].look()

    assert refusal.value.wait_seconds == LONGEST_WAIT_FOR_A_PROBE_SECONDS


async def test_after_the_retry_time_one_call_of_all_processes_may_try(
    processes: Processes,
) -> None:
    await processes.open()
    processes.clock.advance(ONE_MINUTE)

    probe = await processes.breakers[1].admit()

    assert probe.verdict is Verdict.PROBE
    assert [await processes.is_open(0), await processes.is_open(1)] == [True, True]


async def test_a_probe_that_succeeds_closes_it_for_all(processes: Processes) -> None:
    await processes.open()
    processes.clock.advance(ONE_MINUTE)

    await processes.call(1, fails=False)

    assert [await processes.is_open(0), await processes.is_open(1)] == [False, False]


async def test_after_it_closed_old_failures_do_not_count(processes: Processes) -> None:
    await processes.open()
    processes.clock.advance(ONE_MINUTE)
    await processes.call(1, fails=False)

    await processes.call(0, fails=True)

    assert not await processes.is_open(0)


async def test_a_probe_that_fails_opens_it_for_as_long_again(processes: Processes) -> None:
    await processes.open()
    processes.clock.advance(ONE_MINUTE)
    await processes.call(1, fails=True)

    processes.clock.advance(timedelta(seconds=59))
    early = await processes.is_open(0)
    processes.clock.advance(timedelta(seconds=1))

    assert (early, await processes.is_open(0)) == (True, False)


async def test_a_probe_that_was_stopped_lets_the_next_call_try(processes: Processes) -> None:
    await processes.open()
    processes.clock.advance(ONE_MINUTE)
    stopped = await processes.breakers[0].admit()

    await processes.breakers[0].give_back(stopped)

    assert (await processes.breakers[1].admit()).verdict is Verdict.PROBE


async def test_a_call_that_began_before_it_opened_changes_nothing(processes: Processes) -> None:
    late = await processes.breakers[0].admit()
    await processes.open()
    processes.clock.advance(ONE_MINUTE)

    await processes.breakers[0].settle(late, is_failure=False, seconds=90)

    assert (await processes.breakers[1].admit()).verdict is Verdict.PROBE


async def test_every_process_that_learns_of_it_tells_the_health(
    processes: Processes,
) -> None:
    await processes.open()
    for _ in range(3):
        assert await processes.is_open(0)
        assert await processes.is_open(1)
    processes.clock.advance(ONE_MINUTE)
    await processes.call(1, fails=False)
    await processes.call(0, fails=False)

    assert processes.told(0) == [Status.DEGRADED, Status.HEALTHY]
    assert processes.told(1) == [Status.DEGRADED, Status.HEALTHY]
    assert {feature for feature, _ in processes.reports[0].reported} == {"invoicing.afip"}


async def test_the_first_success_tells_that_all_is_well(processes: Processes) -> None:
    await processes.call(fails=False)
    await processes.call(fails=False)

    assert processes.told(0) == [Status.HEALTHY]


async def test_a_call_that_is_held_back_puts_right_what_another_reported(
    processes: Processes,
) -> None:
    await processes.open()
    processes.reports[0].report("invoicing.afip", Status.HEALTHY)

    assert await processes.is_open(0)

    assert processes.told(0)[-1] is Status.DEGRADED


async def test_a_call_that_succeeds_puts_right_what_another_reported(processes: Processes) -> None:
    await processes.call(0, fails=False)
    processes.reports[0].report("invoicing.afip", Status.DEGRADED)

    await processes.call(0, fails=False)

    assert processes.told(0)[-1] is Status.HEALTHY


async def test_without_the_shared_state_each_process_decides_by_its_copy(
    processes: Processes,
) -> None:
    for fails in (True, True, True):
        await processes.call(0, fails=fails)
    processes.states.is_away = True

    await processes.call(0, fails=True)

    assert [await processes.is_open(0), await processes.is_open(1)] == [True, False]


async def test_without_the_shared_state_an_open_one_stays_open_and_probes_once(
    processes: Processes,
) -> None:
    await processes.open()
    assert await processes.is_open(0)
    processes.states.is_away = True
    processes.clock.advance(ONE_MINUTE)

    probe = await processes.breakers[0].admit()
    others = await processes.is_open(0)
    await processes.breakers[0].settle(probe, is_failure=False, seconds=0.25)

    assert (probe.verdict, others) == (Verdict.PROBE, True)
    assert await processes.breakers[0].admit() == Admission(verdict=Verdict.CLOSED)


async def test_without_the_shared_state_a_stopped_probe_is_given_back_too(
    processes: Processes,
) -> None:
    await processes.open()
    assert await processes.is_open(0)
    processes.states.is_away = True
    processes.clock.advance(ONE_MINUTE)

    await processes.breakers[0].give_back(await processes.breakers[0].admit())

    assert (await processes.breakers[0].admit()).verdict is Verdict.PROBE


async def test_after_a_wipe_it_begins_closed(processes: Processes) -> None:
    await processes.open()

    processes.states.wipe()

    assert [await processes.is_open(0), await processes.is_open(1)] == [False, False]
    assert processes.told(1)[-1] is Status.HEALTHY


@pytest.mark.parametrize(
    ("callers", "deadline_seconds"), [(1, 15), (1, 20), (1, 30), (1, 45), (2, 15), (2, 30), (2, 60)]
)
@pytest.mark.parametrize("is_away", [False, True])
async def test_callers_that_meet_nothing_but_the_deadline_open_it(
    callers: int, deadline_seconds: float, *, is_away: bool
) -> None:
    clock, states = StoppedClock(), InMemoryBreakerStates()
    states.is_away = is_away
    breaker = a_breaker(states=states, clock=clock, longest_call_seconds=deadline_seconds)

    for _ in range(5):
        admissions = [await breaker.admit() for _ in range(callers)]
        clock.advance(timedelta(seconds=deadline_seconds))
        for admission in admissions:
            await breaker.settle(admission, is_failure=True, seconds=deadline_seconds)
        if await is_held_back(breaker):
            break

    assert await is_held_back(breaker)


async def test_a_few_prompt_failures_open_nothing_however_long_the_deadline() -> None:
    breaker = a_breaker(
        states=InMemoryBreakerStates(), clock=StoppedClock(), longest_call_seconds=600
    )

    for _ in range(9):
        await breaker.settle(await breaker.admit(), is_failure=True, seconds=6)

    assert not await is_held_back(breaker)
