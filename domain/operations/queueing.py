"""Queueing theory for tasks that come at random to workers that are all alike (M/M/c).

The load is the arrival rate times the mean service time: how many tasks are at work on average.
With less concurrency than that the queue grows without end.
"""

import math

LITTLE_UTILIZATION = 0.7
"""How busy workers may be on average: what is left takes up what does not come evenly."""
LATE_SHARE = 0.05
"""How many tasks may start later than their tier promises: then p95 keeps the promise."""
MOST_CONCURRENCY = 100_000


def chance_to_wait(load: float, concurrency: int) -> float:
    """Return the share of tasks that find every worker busy (Erlang's C formula)."""
    if load >= concurrency:
        return 1.0
    return _chance_to_wait(load, concurrency, _blocking(load, concurrency))


def mean_wait_seconds(load: float, concurrency: int, *, service_seconds: float) -> float:
    """Return how long a task waits on average; infinite where the queue grows without end."""
    if load >= concurrency:
        return math.inf
    return chance_to_wait(load, concurrency) * service_seconds / (concurrency - load)


def chance_to_wait_longer(
    seconds: float, load: float, concurrency: int, *, service_seconds: float
) -> float:
    """Return the share of tasks that wait longer than so many seconds."""
    if load >= concurrency:
        return 1.0
    if service_seconds <= 0:
        return 0.0
    return chance_to_wait(load, concurrency) * math.exp(
        -(concurrency - load) * seconds / service_seconds
    )


def concurrency_by_little(load: float) -> int:
    """Return the concurrency at which workers are busy 70 % of the time (Little's law)."""
    return max(1, math.ceil(load / LITTLE_UTILIZATION))


def concurrency_for_promise(load: float, *, service_seconds: float, promise_seconds: float) -> int:
    """Return the least concurrency at which 95 % of the tasks start as soon as was promised."""
    concurrency = max(1, math.floor(load) + 1)
    if service_seconds <= 0:
        return concurrency
    blocking = _blocking(load, concurrency)
    while concurrency < MOST_CONCURRENCY:
        waiting = _chance_to_wait(load, concurrency, blocking)
        late = waiting * math.exp(-(concurrency - load) * promise_seconds / service_seconds)
        if late <= LATE_SHARE:
            break
        concurrency += 1
        blocking = load * blocking / (concurrency + load * blocking)
    return concurrency


def drain_seconds(work_seconds: float, load: float, concurrency: int) -> float | None:
    """Return when work that waits is done beside what keeps coming; None if it never is."""
    if work_seconds == 0:
        return 0.0
    if load >= concurrency:
        return None
    return work_seconds / (concurrency - load)


def _blocking(load: float, concurrency: int) -> float:
    """Return Erlang's B by its recursion, which neither overflows nor loses digits."""
    blocking = 1.0
    for servers in range(1, min(concurrency, MOST_CONCURRENCY) + 1):
        blocking = load * blocking / (servers + load * blocking)
    return blocking


def _chance_to_wait(load: float, concurrency: int, blocking: float) -> float:
    return blocking * concurrency / (concurrency - load * (1 - blocking))
