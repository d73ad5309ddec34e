import asyncio
from datetime import timedelta
from functools import partial
from typing import TypeAlias

import grpc
import pytest

from campotech.health.v1 import health_pb2, health_pb2_grpc, system_health_pb2
from domain.health.component import Component
from domain.health.status import Status, StatusSince
from domain.health.system_health import unknown_health
from server.api_server import Service
from server.services.health import HealthService
from tests.support.clocks import MORNING
from tests.support.given_health import GivenHealth
from tests.support.loopback import loopback
from tests.support.token_issuer import TokenIssuer

Watch: TypeAlias = (
    "grpc.aio.UnaryStreamCall[health_pb2.WatchSystemHealthRequest,"
    " health_pb2.WatchSystemHealthResponse]"
)
LATER = MORNING + timedelta(minutes=5)


def known_health(**statuses: Status) -> GivenHealth:
    view, health = GivenHealth(), unknown_health(MORNING)
    for component, status in statuses.items():
        health = health.seen(Component(component), status, LATER)
    view.becomes(health)
    return view


def health_service(view: GivenHealth, *, heartbeat_seconds: float = 10.0) -> Service:
    servicer = HealthService(view, version="1.2.3", heartbeat_seconds=heartbeat_seconds)
    return Service(
        health_pb2.DESCRIPTOR.services_by_name["HealthService"].full_name,
        partial(health_pb2_grpc.add_HealthServiceServicer_to_server, servicer),
    )


async def next_of(watch: Watch) -> system_health_pb2.SystemHealth:
    response = await watch.read()
    assert isinstance(response, health_pb2.WatchSystemHealthResponse)
    return response.health


async def answer_of(
    issuer: TokenIssuer, view: GivenHealth
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


def feature_of(
    health: system_health_pb2.SystemHealth, feature_id: str
) -> system_health_pb2.SystemHealth.Feature:
    (found,) = [feature for feature in health.features if feature.id == feature_id]
    return found


async def test_a_healthy_system_says_so_without_a_token(issuer: TokenIssuer) -> None:
    view = known_health(database=Status.HEALTHY, cache=Status.HEALTHY)

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
    view = known_health(database=Status.HEALTHY, cache=Status.OFFLINE)

    health, _ = await answer_of(issuer, view)

    tracking = feature_of(health, "tracking.realtime")
    assert tracking.display_name == "Seguimiento en vivo"
    assert tracking.status == system_health_pb2.FEATURE_STATUS_DEGRADED
    assert "mapa" in tracking.message
    assert not tracking.is_critical


async def test_without_its_database_the_system_is_offline_for_json_callers_too(
    issuer: TokenIssuer,
) -> None:
    view = known_health(database=Status.OFFLINE, cache=Status.HEALTHY)

    health, http_status = await answer_of(issuer, view)

    assert health.status == system_health_pb2.HEALTH_STATUS_OFFLINE
    assert http_status == "503"


@pytest.mark.parametrize("cache", [Status.DEGRADED, Status.OFFLINE])
async def test_without_its_cache_the_system_still_serves(
    cache: Status, issuer: TokenIssuer
) -> None:
    view = known_health(database=Status.HEALTHY, cache=cache)

    health, http_status = await answer_of(issuer, view)

    assert health.status == system_health_pb2.HEALTH_STATUS_DEGRADED
    assert http_status is None


async def test_before_anybody_looked_the_health_is_unknown_and_not_offline(
    issuer: TokenIssuer,
) -> None:
    health, http_status = await answer_of(issuer, known_health())

    assert health.status == system_health_pb2.HEALTH_STATUS_UNKNOWN
    assert http_status is None


async def test_while_the_tax_agency_does_not_answer_the_system_is_degraded_and_serves(
    issuer: TokenIssuer,
) -> None:
    view = known_health(database=Status.HEALTHY, cache=Status.HEALTHY)
    report = StatusSince(Status.OFFLINE, LATER + timedelta(minutes=1))
    view.becomes(view.current().reported("invoicing.afip", report))

    health, http_status = await answer_of(issuer, view)

    invoicing = feature_of(health, "invoicing.afip")
    assert health.status == system_health_pb2.HEALTH_STATUS_DEGRADED
    assert http_status is None
    assert invoicing.status == system_health_pb2.FEATURE_STATUS_DEGRADED
    assert invoicing.display_name == "Facturación AFIP"
    assert "quedan en espera" in invoicing.message
    assert invoicing.is_critical
    assert invoicing.since.ToDatetime(MORNING.tzinfo) == report.since


async def test_whoever_watches_is_told_changes_without_a_token(issuer: TokenIssuer) -> None:
    view = known_health(database=Status.HEALTHY, cache=Status.HEALTHY)

    async with loopback([health_service(view)], issuer) as running, asyncio.timeout(5):
        watch = health_pb2_grpc.HealthServiceStub(running.channel).WatchSystemHealth(
            health_pb2.WatchSystemHealthRequest()
        )
        first = await next_of(watch)
        view.becomes(view.current().seen(Component.DATABASE, Status.OFFLINE, LATER))
        second = await next_of(watch)
        watch.cancel()

    assert [health.status for health in (first, second)] == [
        system_health_pb2.HEALTH_STATUS_HEALTHY,
        system_health_pb2.HEALTH_STATUS_OFFLINE,
    ]
    assert first.version == "1.2.3"


async def test_a_quiet_watch_gets_signs_of_life(issuer: TokenIssuer) -> None:
    view = known_health(database=Status.HEALTHY, cache=Status.HEALTHY)
    service = health_service(view, heartbeat_seconds=0.02)

    async with loopback([service], issuer) as running, asyncio.timeout(5):
        watch = health_pb2_grpc.HealthServiceStub(running.channel).WatchSystemHealth(
            health_pb2.WatchSystemHealthRequest()
        )
        told = [(await next_of(watch)).status for _ in range(3)]
        watch.cancel()

    assert told == [system_health_pb2.HEALTH_STATUS_HEALTHY] * 3
