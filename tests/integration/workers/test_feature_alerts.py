"""A provider that is down is told of once, whichever keepers run and whatever Redis forgets."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
import redis

from adapters.clock import SystemClock, Uuid7Source
from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_redis
from adapters.redis.feature_reports import RedisFeatureReports
from domain.health.ports import FeatureReports
from domain.health.status import Status
from tests.support.task_platform import TaskPlatform
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver

AFIP = "invoicing.afip"
KEY = "feature:invoicing.afip"
ALERTS = "SELECT told_count, closed_at IS NULL FROM alerts WHERE key = %s"
DELIVERED = "SELECT count(*) FROM alert_deliveries WHERE key = %s AND state = 'delivered'"


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as listening:
        yield listening


@pytest_asyncio.fixture(loop_scope="session")
async def breakers(platform: TaskPlatform) -> AsyncIterator[list[FeatureReports]]:
    """Yield what two workers report through."""
    async with AsyncExitStack() as stack:
        reporters: list[FeatureReports] = []
        for _ in range(2):
            client = create_redis(platform.broker_url)
            stack.push_async_callback(client.aclose)
            listener = await stack.enter_async_context(ChannelListener(client))
            reports = RedisFeatureReports(client, listener, SystemClock(), Uuid7Source())
            reporters.append(await stack.enter_async_context(reports))
        yield reporters


def tries_about_it(receiver: WebhookReceiver) -> list[str]:
    return [key for key in receiver.tries if key.startswith(KEY)]


async def alert_is(platform: TaskPlatform, *, is_open: bool) -> bool:
    def is_so() -> bool:
        return platform.execute(ALERTS, KEY) == [(1, is_open)]

    return await _while_others_go_on(is_so)


async def _while_others_go_on(condition: Callable[[], bool]) -> bool:
    return await asyncio.to_thread(eventually, condition, within_seconds=30)


async def test_an_agency_that_is_down_is_told_of_once_and_closed_when_it_is_back(
    platform: TaskPlatform, receiver: WebhookReceiver, breakers: list[FeatureReports]
) -> None:
    platform.use({"CAMPOTECH_ALERTS_WEBHOOK_URL": receiver.url})
    keepers = [platform.start_keeper() for _ in range(2)]
    for breaker in breakers:
        breaker.report(AFIP, Status.DEGRADED)
    assert await alert_is(platform, is_open=True)
    with redis.Redis.from_url(platform.broker_url) as broker:
        broker.flushall()
    for keeper in keepers:
        keeper.send(signal.SIGKILL)
    platform.start_keeper()
    assert await _while_others_go_on(lambda: platform.execute(DELIVERED, KEY) == [(1,)])

    breakers[0].report(AFIP, Status.HEALTHY)

    assert await alert_is(platform, is_open=False)
    assert tries_about_it(receiver) == [f"{KEY}#1"]
    assert receiver.taken[0]["severity"] == "warning"
    assert receiver.taken[0]["text"].startswith("invoicing.afip is DEGRADED since ")
