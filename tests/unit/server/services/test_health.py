from datetime import timedelta
from functools import partial

import pytest

from campotech.health.v1 import health_pb2, health_pb2_grpc, system_health_pb2
from domain.health.component import Component
from domain.health.status import Status
from domain.health.system_health import SystemHealth, unknown_health
from server.api_server import Service
from server.services.health import HealthService
from tests.support.clocks import MORNING
from tests.support.loopback import loopback
from tests.support.token_issuer import TokenIssuer

LATER = MORNING + timedelta(minutes=5)


class KnownHealth:
    """The domain's HealthView: what the test says."""

    def __init__(self, **statuses: Status) -> None:
        self._health = unknown_health(MORNING)
        for component, status in statuses.items():
            self._health = self._health.seen(Component(component), status, LATER)

    def current(self) -> SystemHealth:
        return self._health


def health_service(view: KnownHealth) -> Service:
    servicer = HealthService(view, version="1.2.3")
    return Service(
        health_pb2.DESCRIPTOR.services_by_name["HealthService"].full_name,
        partial(health_pb2_grpc.add_HealthServiceServicer_to_server, servicer),
    )


async def answer_of(
    issuer: TokenIssuer, view: KnownHealth
) -> tuple[system_health_pb2.SystemHealth, str | None]:
    """Return the health and the HTTP status that JSON callers get instead of 200."""
    async with loopback([health_service(view)], issuer) as running:
        call = health_pb2_grpc.HealthServiceStub(running.channel).GetSystemHealth(
            health_pb2.GetSystemHealthRequest()
        )
        headers = dict(await call.initial_metadata())
        answer = await call
    status = headers.get("x-http-status")
    return answer.health, None if status is None else str(status)


async def test_a_healthy_system_says_so_without_a_token(issuer: TokenIssuer) -> None:
    view = KnownHealth(database=Status.HEALTHY, cache=Status.HEALTHY)

    health, http_status = await answer_of(issuer, view)

    assert health.status == system_health_pb2.HEALTH_STATUS_HEALTHY
    assert http_status is None
    assert health.version == "1.2.3"
    assert health.check_time.ToDatetime(MORNING.tzinfo) == LATER
    assert [(each.id, each.status) for each in health.components] == [
        ("database", system_health_pb2.HEALTH_STATUS_HEALTHY),
        ("cache", system_health_pb2.HEALTH_STATUS_HEALTHY),
    ]


async def test_a_feature_tells_people_what_it_means_for_them(issuer: TokenIssuer) -> None:
    view = KnownHealth(database=Status.HEALTHY, cache=Status.OFFLINE)

    health, _ = await answer_of(issuer, view)

    (tracking,) = [feature for feature in health.features if feature.id == "tracking.realtime"]
    assert tracking.display_name == "Seguimiento en vivo"
    assert tracking.status == system_health_pb2.FEATURE_STATUS_DEGRADED
    assert "mapa" in tracking.message
    assert not tracking.is_critical


async def test_without_its_database_the_system_is_offline_for_json_callers_too(
    issuer: TokenIssuer,
) -> None:
    view = KnownHealth(database=Status.OFFLINE, cache=Status.HEALTHY)

    health, http_status = await answer_of(issuer, view)

    assert health.status == system_health_pb2.HEALTH_STATUS_OFFLINE
    assert http_status == "503"


@pytest.mark.parametrize("cache", [Status.DEGRADED, Status.OFFLINE])
async def test_without_its_cache_the_system_still_serves(
    cache: Status, issuer: TokenIssuer
) -> None:
    view = KnownHealth(database=Status.HEALTHY, cache=cache)

    health, http_status = await answer_of(issuer, view)

    assert health.status == system_health_pb2.HEALTH_STATUS_DEGRADED
    assert http_status is None


async def test_before_anybody_looked_the_health_is_unknown_and_not_offline(
    issuer: TokenIssuer,
) -> None:
    health, http_status = await answer_of(issuer, KnownHealth())

    assert health.status == system_health_pb2.HEALTH_STATUS_UNKNOWN
    assert http_status is None
