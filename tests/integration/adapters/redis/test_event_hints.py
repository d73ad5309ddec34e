"""Hints wake the streams of an organisation; without Redis the streams poll."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_redis
from adapters.redis.event_hints import EventHintPublisher, RedisEventHints, RedisNews
from tests.support.builders import an_organization_id
from tests.support.troubled_way import State, TroubledWay, troubled_way
from tests.support.waiting import eventually_true


@pytest.fixture
async def publisher(redis: Redis) -> AsyncIterator[EventHintPublisher]:
    async with EventHintPublisher(redis) as running:
        yield running


@asynccontextmanager
async def a_publisher(way: TroubledWay) -> AsyncIterator[EventHintPublisher]:
    redis = create_redis(way.url.replace("http", "redis"))
    async with EventHintPublisher(redis, retry_seconds=0.01) as running:
        yield running
    await redis.aclose()


async def settled(news: RedisNews) -> None:
    """Take the wake-up that every new subscription gives."""
    assert await news.wait(10)


async def test_a_hint_wakes_every_stream_of_its_organisation(
    listener: ChannelListener, publisher: EventHintPublisher
) -> None:
    hints = RedisEventHints(listener)
    organization_id = an_organization_id()

    async with hints.watch(organization_id) as one, hints.watch(organization_id) as other:
        await settled(one)
        await settled(other)
        publisher.events_published(organization_id)
        woken = await asyncio.gather(one.wait(10), other.wait(10))

    assert all(woken)


async def test_a_hint_wakes_nobody_else(
    listener: ChannelListener, publisher: EventHintPublisher
) -> None:
    hints = RedisEventHints(listener)
    own, foreign = an_organization_id(), an_organization_id()

    async with hints.watch(own) as news, hints.watch(foreign) as foreign_news:
        await settled(news)
        await settled(foreign_news)
        publisher.events_published(foreign)
        assert await foreign_news.wait(10)
        is_woken = await news.wait(0.05)

    assert not is_woken


async def test_an_organisation_has_one_subscription_however_many_watch(
    listener: ChannelListener, redis: Redis
) -> None:
    hints = RedisEventHints(listener)
    organization_id = an_organization_id()

    async with hints.watch(organization_id) as one:
        await settled(one)
        async with hints.watch(organization_id) as other:
            await settled(other)
            subscriptions = await redis.pubsub_shardchannels()
            client_list = await redis.client_list()
    remaining = await eventually_true(lambda: _has_no_channels(redis))

    assert len(subscriptions) == 1
    assert sum(int(client["ssub"]) for client in client_list) == 1
    assert remaining


async def _has_no_channels(redis: Redis) -> bool:
    return not await redis.pubsub_shardchannels()


async def test_a_stream_that_comes_as_another_leaves_is_subscribed(
    listener: ChannelListener, publisher: EventHintPublisher
) -> None:
    hints = RedisEventHints(listener)
    organization_id = an_organization_id()

    for _ in range(20):
        async with hints.watch(organization_id) as news:
            await settled(news)
            publisher.events_published(organization_id)
            assert await news.wait(10)


async def test_a_hint_that_could_not_be_sent_is_sent_when_redis_can_be_reached_again(
    listener: ChannelListener, valkey_url: str
) -> None:
    organization_id = an_organization_id()

    async with (
        troubled_way(valkey_url) as way,
        a_publisher(way) as publisher,
        RedisEventHints(listener).watch(organization_id) as news,
    ):
        await settled(news)
        way.become(State.BLOCKED)
        publisher.events_published(organization_id)

        async def is_refused() -> bool:
            return way.comers > 1

        was_refused = await eventually_true(is_refused)
        way.become(State.OPEN)
        is_hinted = await news.wait(10)

    assert (was_refused, is_hinted) == (True, True)


async def test_without_redis_a_stream_polls_and_still_gives_signs_of_life() -> None:
    redis = create_redis("redis://127.0.0.1:1")

    async with ChannelListener(redis) as listener:
        hints = RedisEventHints(listener, poll_seconds=0.02)
        async with hints.watch(an_organization_id()) as news:
            answers = [await news.wait(0.1) for _ in range(10)]
    await redis.aclose()

    assert answers == [True, True, True, True, False] * 2


async def test_streams_hear_hints_again_after_their_connections_were_cut(
    listener: ChannelListener, publisher: EventHintPublisher, redis: Redis
) -> None:
    hints = RedisEventHints(listener)
    organization_id = an_organization_id()

    async with hints.watch(organization_id) as news:
        await settled(news)
        await redis.client_kill_filter(_type="pubsub")
        is_told_of_the_break = await news.wait(10)
        is_told_of_the_return = await news.wait(10)
        publisher.events_published(organization_id)
        is_hinted = await news.wait(10)

    assert (is_told_of_the_break, is_told_of_the_return, is_hinted) == (True, True, True)
