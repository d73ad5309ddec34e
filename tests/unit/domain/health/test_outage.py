from collections.abc import Sequence
from datetime import timedelta

import pytest

from domain.health.outage import Outage
from domain.health.status import Status
from tests.support.clocks import MORNING

HEALTHY, SLOW, AWAY = Status.HEALTHY, Status.DEGRADED, Status.OFFLINE


def after(looks: Sequence[Status]) -> Outage:
    """Return what looks add up to, one every two seconds."""
    outage = Outage()
    for number, seen in enumerate(looks):
        outage.note(seen, MORNING + timedelta(seconds=2 * number))
    return outage


@pytest.mark.parametrize(
    "looks", [[HEALTHY], [AWAY], [AWAY, AWAY], [SLOW] * 9, [AWAY, AWAY, HEALTHY, AWAY, AWAY]]
)
def test_a_look_or_two_that_fail_are_no_outage(looks: Sequence[Status]) -> None:
    assert after(looks).since is None


@pytest.mark.parametrize("looks", [[AWAY] * 3, [AWAY, SLOW, AWAY, AWAY, SLOW]])
def test_an_outage_began_with_the_first_look_that_failed(looks: Sequence[Status]) -> None:
    outage = after([HEALTHY, *looks])

    assert outage.since == MORNING + timedelta(seconds=2)
    assert not outage.is_over


def test_a_healthy_look_ends_an_outage() -> None:
    outage = after([AWAY, AWAY, AWAY, HEALTHY])

    assert outage.is_over
    assert outage.since is None
