from datetime import timedelta
from itertools import product

import pytest

from domain.health.component import Component
from domain.health.feature import Feature
from domain.health.status import Status, worst
from domain.health.system_health import SystemHealth, unknown_health
from tests.support.clocks import MORNING

LATER = MORNING + timedelta(minutes=1)
LATER_STILL = MORNING + timedelta(minutes=2)


def a_feature(*, is_critical: bool, without_cache: Status) -> Feature:
    return Feature(
        id="a.feature",
        display_name="Una función",
        is_critical=is_critical,
        effects={Component.CACHE: without_cache},
        messages=dict.fromkeys(Status, "…"),
    )


def health_with(
    database: Status, cache: Status, features: tuple[Feature, ...] = ()
) -> SystemHealth:
    unknown = unknown_health(MORNING, features)
    seen = unknown.seen(Component.DATABASE, database, LATER)
    return seen.seen(Component.CACHE, cache, LATER)


def overall(database: Status, cache: Status, *features: Feature) -> Status:
    return health_with(database, cache, features).overall.status


@pytest.mark.parametrize("cache", Status)
def test_without_the_database_the_whole_is_offline(cache: Status) -> None:
    assert overall(Status.OFFLINE, cache) is Status.OFFLINE


@pytest.mark.parametrize(
    ("database", "cache"), list(product((Status.HEALTHY, Status.DEGRADED, Status.UNKNOWN), Status))
)
def test_the_cache_alone_never_takes_the_whole_offline(database: Status, cache: Status) -> None:
    assert overall(database, cache) is not Status.OFFLINE


def test_the_whole_is_healthy_when_everything_is() -> None:
    assert overall(Status.HEALTHY, Status.HEALTHY) is Status.HEALTHY


@pytest.mark.parametrize("effect", [Status.DEGRADED, Status.OFFLINE])
def test_the_whole_is_as_bad_as_the_worst_critical_feature(effect: Status) -> None:
    critical = a_feature(is_critical=True, without_cache=effect)

    assert overall(Status.HEALTHY, Status.OFFLINE, critical) is effect


def test_a_feature_that_is_not_critical_takes_nothing_else_along() -> None:
    optional = a_feature(is_critical=False, without_cache=Status.OFFLINE)

    assert overall(Status.HEALTHY, Status.OFFLINE, optional) is Status.DEGRADED


def test_a_feature_is_unknown_until_all_it_stands_on_was_looked_at() -> None:
    feature = a_feature(is_critical=False, without_cache=Status.OFFLINE)
    seen = unknown_health(MORNING, (feature,)).seen(Component.DATABASE, Status.HEALTHY, LATER)

    assert seen.features[0].state.status is Status.UNKNOWN


def test_since_stays_while_the_status_does() -> None:
    health = health_with(Status.HEALTHY, Status.HEALTHY)

    again = health.seen(Component.DATABASE, Status.HEALTHY, LATER_STILL)

    assert again.components[Component.DATABASE].since == LATER
    assert again.overall.since == LATER
    assert again.checked_at == LATER_STILL


def test_since_moves_with_the_status_of_the_part_that_changed_and_of_the_whole() -> None:
    health = health_with(Status.HEALTHY, Status.HEALTHY)

    worse = health.seen(Component.DATABASE, Status.OFFLINE, LATER_STILL)

    assert worse.components[Component.DATABASE].since == LATER_STILL
    assert worse.components[Component.CACHE].since == LATER
    assert worse.overall.since == LATER_STILL


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], Status.HEALTHY),
        ([Status.HEALTHY, Status.UNKNOWN], Status.UNKNOWN),
        ([Status.UNKNOWN, Status.DEGRADED], Status.DEGRADED),
        ([Status.DEGRADED, Status.OFFLINE, Status.HEALTHY], Status.OFFLINE),
    ],
)
def test_the_worst_of_several_counts(statuses: list[Status], expected: Status) -> None:
    assert worst(*statuses) is expected
