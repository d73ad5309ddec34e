"""The bucket of photos comes back while nobody takes any: the keeper finds out, the alert ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from adapters.clock import SystemClock, Uuid7Source
from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_redis
from adapters.redis.feature_reports import RedisFeatureReports
from domain.health.feature import JOB_PROOFS
from domain.health.status import Status
from tests.support.local_s3 import BUCKET, running_s3
from tests.support.task_platform import TaskPlatform
from tests.support.troubled_way import State, TroubledWay, troubled_way
from tests.support.waiting import eventually, eventually_true

KEY = f"feature:{JOB_PROOFS}"
ALERTS = "SELECT told_count, closed_at IS NULL FROM alerts WHERE key = %s"


@pytest.fixture
def s3_url() -> Iterator[str]:
    with running_s3() as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def way(s3_url: str) -> AsyncIterator[TroubledWay]:
    async with troubled_way(s3_url) as leading:
        yield leading


async def report_away(platform: TaskPlatform) -> None:
    """Say what a server said that met the outage and is gone."""
    redis = create_redis(platform.broker_url)
    async with (
        ChannelListener(redis) as listener,
        RedisFeatureReports(redis, listener, SystemClock(), Uuid7Source()) as reports,
    ):
        reports.report(JOB_PROOFS, Status.DEGRADED)

        async def is_known() -> bool:
            return JOB_PROOFS in reports.current()

        assert await eventually_true(is_known)
    await redis.aclose()


async def alert_is(platform: TaskPlatform, *, is_open: bool) -> bool:
    def is_so() -> bool:
        return platform.execute(ALERTS, KEY) == [(1, is_open)]

    return await asyncio.to_thread(eventually, is_so, within_seconds=40)


async def test_a_keeper_finds_a_bucket_that_is_back_and_the_alert_is_closed(
    platform: TaskPlatform, way: TroubledWay
) -> None:
    platform.use(
        {
            "CAMPOTECH_BLOB_BUCKET": BUCKET,
            "CAMPOTECH_BLOB_S3_URL": way.url,
            "CAMPOTECH_BLOB_S3_ACCESS_KEY": "of-tests",
            "CAMPOTECH_BLOB_S3_SECRET_KEY": "of-tests",
        }
    )
    way.become(State.BLOCKED)
    await report_away(platform)
    platform.start_keeper()
    assert await alert_is(platform, is_open=True)

    way.become(State.OPEN)

    assert await alert_is(platform, is_open=False)
    assert way.comers > 0
