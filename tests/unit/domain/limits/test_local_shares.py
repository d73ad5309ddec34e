import asyncio
from collections.abc import Sequence

import pytest

from domain.limits.limit import CallLimitExceededError, Limit
from domain.limits.local_shares import UNSHARED_SECONDS, LocalShares
from tests.support.in_memory_counts import InMemoryCounts

LIMIT = Limit(name="caller", calls=100, seconds=10)
PACED = Limit(name="caller", calls=100, seconds=10, at_once=20)
START = 1_000_000.0


class Time:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = START

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def counts() -> InMemoryCounts:
    return InMemoryCounts()


def processes(
    counts: InMemoryCounts, time: Time, number: int = 1, *, limit: Limit = LIMIT
) -> Sequence[LocalShares]:
    return [LocalShares(limit, counts, time, unshared_part=1 / number) for _ in range(number)]


async def is_granted(shares: LocalShares, key: str = "ana") -> bool:
    try:
        pending = shares.spend(key)
        if pending is not None:
            await pending
    except CallLimitExceededError:
        return False
    return True


async def granted(shares: Sequence[LocalShares], calls: int, key: str = "ana") -> int:
    """Make calls at the processes in turn, and return how many were granted."""
    return sum([await is_granted(shares[number % len(shares)], key) for number in range(calls)])


async def test_a_caller_may_make_as_many_calls_as_the_limit_says(
    counts: InMemoryCounts, time: Time
) -> None:
    made = await granted(processes(counts, time), 1000)

    assert made == LIMIT.calls


async def test_calls_that_are_made_all_at_once_are_granted_too(
    counts: InMemoryCounts, time: Time
) -> None:
    (shares,) = processes(counts, time)

    answers = await asyncio.gather(*(is_granted(shares) for _ in range(1000)))

    assert sum(answers) == LIMIT.calls


async def test_the_limit_holds_over_all_processes_give_or_take_a_share_in_each(
    counts: InMemoryCounts, time: Time
) -> None:
    number = 4

    made = await granted(processes(counts, time, number), 1000)

    assert abs(made - LIMIT.calls) <= number * LIMIT.share


async def test_one_who_reached_the_limit_takes_nothing_from_another(
    counts: InMemoryCounts, time: Time
) -> None:
    shares = processes(counts, time)
    await granted(shares, 1000, key="ana")

    made = await granted(shares, LIMIT.calls, key="bruno")

    assert made == LIMIT.calls


async def test_the_next_window_begins_with_the_whole_limit(
    counts: InMemoryCounts, time: Time
) -> None:
    shares = processes(counts, time)
    await granted(shares, 1000)
    time.seconds += LIMIT.seconds

    made = await granted(shares, 1000)

    assert made == LIMIT.calls


async def test_a_refusal_says_when_the_next_window_begins(
    counts: InMemoryCounts, time: Time
) -> None:
    (shares,) = processes(counts, time)
    time.seconds += 4
    await granted([shares], 1000)

    with pytest.raises(CallLimitExceededError) as caught:
        shares.spend("ana")

    assert caught.value.retry_after_seconds == 6
    assert (caught.value.subject, caught.value.quota) == ("caller", "100 calls in 10 seconds")


async def test_what_exceeds_a_burst_is_granted_as_its_time_comes(
    counts: InMemoryCounts, time: Time
) -> None:
    shares = processes(counts, time, limit=PACED)

    made = []
    for _ in range(PACED.seconds):
        made.append(await granted(shares, 1000))
        time.seconds += 1

    assert made[:3] == [20, 10, 10]
    assert sum(made) == PACED.calls


async def test_who_keeps_to_the_pace_of_the_limit_is_never_refused(
    counts: InMemoryCounts, time: Time
) -> None:
    shares = processes(counts, time, limit=PACED)

    made = 0
    for number in range(5 * PACED.calls):
        time.seconds = START + number * PACED.seconds / PACED.calls
        made += await granted(shares, 1)

    assert made == 5 * PACED.calls


async def test_who_reached_the_limit_makes_no_burst_in_the_next_window(
    counts: InMemoryCounts, time: Time
) -> None:
    shares = processes(counts, time, limit=PACED)
    await granted(shares, 1000)
    time.seconds += PACED.seconds

    made = await granted(shares, 1000)
    time.seconds += 2 * PACED.seconds
    made_when_forgiven = await granted(shares, 1000)

    assert made == PACED.share // 2
    assert made_when_forgiven == PACED.at_once


async def test_what_comes_due_is_granted_call_by_call(counts: InMemoryCounts, time: Time) -> None:
    shares = processes(counts, time, limit=PACED)
    await granted(shares, 1000)

    made = []
    for _ in range(20):
        time.seconds += 0.125
        made.append(await granted(shares, 10))

    assert max(made) <= 2
    assert sum(made) == 25


async def test_who_made_no_calls_for_a_while_has_no_more_than_a_burst(
    counts: InMemoryCounts, time: Time
) -> None:
    shares = processes(counts, time, limit=PACED)
    await granted(shares, 1000)
    time.seconds += 5

    made = await granted(shares, 1000)

    assert made == PACED.at_once


async def test_a_refusal_for_the_pace_says_when_more_may_be_had(
    counts: InMemoryCounts, time: Time
) -> None:
    (shares,) = processes(counts, time, limit=PACED)
    await granted([shares], 1000)

    with pytest.raises(CallLimitExceededError) as caught:
        shares.spend("ana")
    time.seconds += caught.value.retry_after_seconds

    assert caught.value.retry_after_seconds == 2.0
    assert await granted([shares], 1000) == PACED.at_once


async def test_towards_the_end_of_a_window_nobody_is_told_to_call_all_the_sooner(
    counts: InMemoryCounts, time: Time
) -> None:
    (shares,) = processes(counts, time, limit=PACED)
    for _ in range(PACED.seconds - 1):
        await granted([shares], 1000)
        time.seconds += 1
    time.seconds += 0.9375
    await granted([shares], 1000)

    with pytest.raises(CallLimitExceededError) as caught:
        shares.spend("ana")
    time.seconds += caught.value.retry_after_seconds

    assert caught.value.retry_after_seconds == pytest.approx(0.0625 + 1.8)
    assert await granted([shares], 1000) == PACED.at_once


async def test_without_the_common_count_the_pace_holds_too(
    counts: InMemoryCounts, time: Time
) -> None:
    counts.is_down = True
    shares = processes(counts, time, limit=PACED)

    made_at_once = await granted(shares, 1000)
    time.seconds += 5
    made_then = await granted(shares, 1000)

    assert (made_at_once, made_then) == (20, 20)


async def test_a_caller_who_asks_little_is_never_counted_elsewhere(
    counts: InMemoryCounts, time: Time
) -> None:
    shares = processes(counts, time)

    for _ in range(50):
        assert await granted(shares, LIMIT.share // 2) == LIMIT.share // 2
        time.seconds += LIMIT.seconds

    assert counts.asked == 0


async def test_a_busy_caller_is_counted_elsewhere_once_a_share_and_not_at_each_call(
    counts: InMemoryCounts, time: Time
) -> None:
    await granted(processes(counts, time), 10_000)

    assert counts.asked <= LIMIT.calls // LIMIT.share + 1


async def test_without_the_common_count_each_process_grants_its_part(
    counts: InMemoryCounts, time: Time
) -> None:
    counts.is_down = True
    number = 4

    made = [await granted([shares], 1000) for shares in processes(counts, time, number)]

    assert made == [LIMIT.calls // number] * number


async def test_while_it_is_down_the_common_count_is_not_asked_at_each_call(
    counts: InMemoryCounts, time: Time
) -> None:
    counts.is_down = True
    shares = processes(counts, time)

    for number in range(100):
        await granted(shares, 20, key=f"caller {number}")

    assert counts.asked == 1


async def test_the_common_count_is_asked_again_when_it_is_back(
    counts: InMemoryCounts, time: Time
) -> None:
    shares = processes(counts, time, 2)
    counts.is_down = True
    await granted(shares, 1000)
    counts.is_down = False
    time.seconds += max(LIMIT.seconds, UNSHARED_SECONDS)

    made = await granted(shares[:1], 1000)

    assert made == LIMIT.calls


async def test_a_limit_below_a_share_is_kept_to_the_call(
    counts: InMemoryCounts, time: Time
) -> None:
    tight = Limit(name="caller", calls=3, seconds=10)

    made = await granted(processes(counts, time, limit=tight), 20)

    assert made == 3


async def test_a_flood_of_callers_does_not_fill_the_memory(
    counts: InMemoryCounts, time: Time
) -> None:
    shares = LocalShares(LIMIT, counts, time, most_keys=10)
    known = [f"caller {number}" for number in range(10)]
    assert all([await is_granted(shares, key) for key in known])

    made = sum([await is_granted(shares, f"stranger {number}") for number in range(1000)])

    assert made <= LIMIT.calls
    assert all([await is_granted(shares, key) for key in known])


async def test_who_is_called_off_while_waiting_takes_nothing_from_the_others(
    counts: InMemoryCounts, time: Time
) -> None:
    (shares,) = processes(counts, time)
    calls = [asyncio.create_task(is_granted(shares)) for _ in range(20)]
    await asyncio.sleep(0)
    for call in calls[10:]:
        call.cancel()

    answers = await asyncio.gather(*calls[:10])
    made_then = await granted([shares], 1000)

    assert all(answers)
    assert made_then >= LIMIT.calls - 20
