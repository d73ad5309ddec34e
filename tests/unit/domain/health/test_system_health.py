from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from domain.health.component import Component
from domain.health.feature import FEATURES, Feature
from domain.health.status import Status, StatusSince, worst
from domain.health.system_health import SystemHealth, unknown_health
from tests.support.clocks import MORNING

LATER = MORNING + timedelta(minutes=1)
LATER_STILL = MORNING + timedelta(minutes=2)


def a_provided_feature(**particular: Any) -> Feature:
    return replace(
        a_feature(is_critical=True, without_cache=Status.DEGRADED),
        unreported=Status.UNKNOWN,
        **particular,
    )


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


def state_of(health: SystemHealth) -> StatusSince:
    (feature,) = health.features
    return feature.state


def test_a_feature_of_an_outside_service_is_unknown_until_reported_and_counts_as_available() -> (
    None
):
    health = health_with(Status.HEALTHY, Status.HEALTHY, (a_provided_feature(),))

    assert state_of(health).status is Status.UNKNOWN
    assert health.overall.status is Status.HEALTHY


@pytest.mark.parametrize("status", [Status.HEALTHY, Status.DEGRADED, Status.OFFLINE])
def test_a_critical_feature_that_is_reported_decides_about_the_whole(status: Status) -> None:
    health = health_with(Status.HEALTHY, Status.HEALTHY, (a_provided_feature(),))

    told = health.reported("a.feature", StatusSince(status, LATER_STILL))

    assert state_of(told) == StatusSince(status, LATER_STILL)
    assert told.overall.status is status


def test_where_people_go_on_a_feature_is_degraded_and_never_offline() -> None:
    feature = a_provided_feature(worst_report=Status.DEGRADED)
    health = health_with(Status.HEALTHY, Status.HEALTHY, (feature,))

    told = health.reported("a.feature", StatusSince(Status.OFFLINE, LATER_STILL))

    assert state_of(told).status is Status.DEGRADED
    assert told.overall == StatusSince(Status.DEGRADED, LATER_STILL)


@pytest.mark.parametrize(
    ("reported", "without_cache"),
    list(product((Status.HEALTHY, Status.DEGRADED, Status.OFFLINE), repeat=2)),
)
def test_a_feature_is_as_bad_as_the_worse_of_report_and_components(
    reported: Status, without_cache: Status
) -> None:
    feature = a_provided_feature(effects={Component.CACHE: without_cache})
    report = StatusSince(reported, LATER)

    first_seen = health_with(Status.HEALTHY, Status.OFFLINE, (feature,)).reported(
        "a.feature", report
    )
    first_reported = (
        unknown_health(MORNING, (feature,))
        .reported("a.feature", report)
        .seen(Component.DATABASE, Status.HEALTHY, LATER)
        .seen(Component.CACHE, Status.OFFLINE, LATER)
    )

    assert state_of(first_seen).status is worst(reported, without_cache)
    assert state_of(first_reported).status is worst(reported, without_cache)


def test_processes_that_begin_at_different_times_agree_on_since_when_a_feature_works() -> None:
    report = StatusSince(Status.HEALTHY, MORNING - timedelta(days=1))
    unknown = unknown_health(MORNING, (a_provided_feature(),))

    told_first = unknown.reported("a.feature", report).seen(
        Component.CACHE, Status.HEALTHY, LATER_STILL
    )
    told_last = unknown.seen(Component.CACHE, Status.HEALTHY, LATER).reported("a.feature", report)

    assert state_of(told_first) == state_of(told_last) == report


def test_a_feature_that_lost_a_component_for_a_while_works_since_it_is_back() -> None:
    report = StatusSince(Status.HEALTHY, LATER)
    health = health_with(Status.HEALTHY, Status.HEALTHY, (a_provided_feature(),))
    blinking = health.reported("a.feature", report).seen(Component.CACHE, Status.OFFLINE, LATER)

    back = blinking.seen(Component.CACHE, Status.HEALTHY, LATER_STILL)

    assert state_of(blinking).status is Status.DEGRADED
    assert state_of(back) == StatusSince(Status.HEALTHY, LATER_STILL)


def test_a_report_about_no_feature_of_ours_changes_nothing() -> None:
    health = health_with(Status.HEALTHY, Status.HEALTHY, (a_provided_feature(),))

    told = health.reported("of.tomorrow", StatusSince(Status.OFFLINE, LATER_STILL))

    assert told == health


def test_looking_again_is_no_news_and_a_change_is() -> None:
    health = health_with(Status.HEALTHY, Status.HEALTHY)

    assert health.seen(Component.CACHE, Status.HEALTHY, LATER_STILL) == health
    assert health.seen(Component.CACHE, Status.DEGRADED, LATER_STILL) != health


def test_every_feature_of_ours_says_in_words_what_each_status_means() -> None:
    assert all(feature.messages.keys() == set(Status) for feature in FEATURES)
    assert all(all(feature.messages.values()) for feature in FEATURES)
