"""Redis clients for tests, closed behind them."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_patient_redis, create_redis


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    client = create_redis(valkey_url)
    yield client
    await client.aclose()


@pytest.fixture
async def patient_redis(valkey_url: str) -> AsyncIterator[Redis]:
    client = create_patient_redis(valkey_url)
    yield client
    await client.aclose()


@pytest.fixture
async def listener(redis: Redis) -> AsyncIterator[ChannelListener]:
    async with ChannelListener(redis) as running:
        yield running
