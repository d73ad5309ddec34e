"""The health of the system, followed by somebody without a token."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.clock import SystemClock, Uuid7Source
from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_redis
from adapters.redis.feature_reports import RedisFeatureReports
from campotech.health.v1 import health_pb2
from campotech.health.v1.system_health_pb2 import (
    FEATURE_STATUS_DEGRADED,
    FEATURE_STATUS_HEALTHY,
    HEALTH_STATUS_DEGRADED,
    HEALTH_STATUS_HEALTHY,
    FeatureStatus,
    SystemHealth,
)
from domain.health.status import Status
from tests.support.rpc import Api
from tests.support.servers import RunningValkey

pytestmark = pytest.mark.asyncio(loop_scope="package")

PATIENCE_SECONDS = 10.0
AFIP = "invoicing.afip"


@pytest_asyncio.fixture(loop_scope="package")
async def worker(valkey_server: RunningValkey) -> AsyncIterator[RedisFeatureReports]:
    """Yield what another process reports through; it leaves the feature healthy."""
    redis = create_redis(valkey_server.valkey.url())
    async with (
        ChannelListener(redis) as listener,
        RedisFeatureReports(redis, listener, SystemClock(), Uuid7Source()) as reports,
    ):
        yield reports
    await redis.aclose()


def status_of(health: SystemHealth) -> "FeatureStatus.ValueType":
    return next(feature.status for feature in health.features if feature.id == AFIP)


async def test_a_watcher_is_told_what_another_process_reports(
    api: Api, worker: RedisFeatureReports
) -> None:
    watch = api.caller_with("").health.WatchSystemHealth(health_pb2.WatchSystemHealthRequest())

    async def told(wanted: "FeatureStatus.ValueType") -> SystemHealth:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                response = await watch.read()
                assert isinstance(response, health_pb2.WatchSystemHealthResponse)
                if status_of(response.health) == wanted:
                    return response.health

    worker.report(AFIP, Status.DEGRADED)
    bad = await told(FEATURE_STATUS_DEGRADED)
    worker.report(AFIP, Status.HEALTHY)
    good = await told(FEATURE_STATUS_HEALTHY)
    watch.cancel()

    assert (bad.status, good.status) == (HEALTH_STATUS_DEGRADED, HEALTH_STATUS_HEALTHY)


async def test_a_quiet_watch_gets_signs_of_life(api: Api) -> None:
    watch = api.caller_with("").health.WatchSystemHealth(health_pb2.WatchSystemHealthRequest())

    async with asyncio.timeout(PATIENCE_SECONDS):
        told = [await watch.read() for _ in range(3)]
    watch.cancel()

    assert len(told) == 3
