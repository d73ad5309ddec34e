"""Live positions on a real Valkey: the newest wins, viewers hear it, no break is for good."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from adapters.redis.channel_listener import ChannelListener
from adapters.redis.client import create_redis
from adapters.redis.live_positions import LiveLimits, RedisLivePositions
from adapters.redis.position_keys import map_key, positions_key, viewers_key
from domain.identifiers import MemberId, OrganizationId
from domain.tracking.mailbox import Mailbox
from domain.tracking.position import Position
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.servers import running_valkey
from tests.support.tracking_builders import a_position
from tests.support.waiting import eventually_true

LIMITS = LiveLimits(
    gather_seconds=0.005, retry_seconds=0.05, mark_viewers_seconds=0.2, connect_seconds=1.0
)


@asynccontextmanager
async def live_positions(url: str) -> AsyncIterator[RedisLivePositions]:
    async with AsyncExitStack() as stack:
        redis = create_redis(url, timeout_seconds=0.5)
        stack.push_async_callback(redis.aclose)
        listener = await stack.enter_async_context(ChannelListener(redis))
        yield await stack.enter_async_context(RedisLivePositions(redis, listener, LIMITS))


@pytest.fixture
async def live(valkey_url: str) -> AsyncIterator[RedisLivePositions]:
    async with live_positions(valkey_url) as running:
        yield running


async def known_to(live: RedisLivePositions, organization_id: OrganizationId) -> set[Position]:
    mailbox = Mailbox()
    async with live.watch(organization_id, mailbox):
        return set(mailbox.take_all())


async def settle(live: RedisLivePositions) -> None:
    """Wait until everything offered before has reached Redis."""
    marker = a_position()
    live.offer(marker)

    async def has_come() -> bool:
        return bool(await known_to(live, marker.organization_id))

    assert await eventually_true(has_come)


async def test_a_viewer_begins_with_everybodys_newest_position(live: RedisLivePositions) -> None:
    organization_id = an_organization_id()
    sparse = a_position(
        organization_id,
        accuracy_decimeters=None,
        speed_decimeters_per_second=None,
        heading_decidegrees=None,
        battery_percent=None,
        is_mock=True,
    )
    full = a_position(organization_id)
    live.offer(full)
    live.offer(sparse)
    live.offer(a_position())
    await settle(live)

    assert await known_to(live, organization_id) == {full, sparse}


async def test_who_asks_once_gets_everybodys_newest_position(live: RedisLivePositions) -> None:
    organization_id = an_organization_id()
    first, second = a_position(organization_id), a_position(organization_id)
    live.offer(first)
    live.offer(second)
    await settle(live)

    positions = await live.newest(organization_id)

    assert set(positions) == {first, second}


async def test_who_asks_once_gets_nothing_when_redis_cannot_be_asked(tmp_path: Path) -> None:
    position = a_position()
    with running_valkey(tmp_path) as server:
        async with live_positions(server.valkey.url()) as live:
            live.offer(position)
            await settle(live)
            await asyncio.to_thread(server.child.stop, timeout_seconds=10)

            positions = await live.newest(position.organization_id)

    assert not positions


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
async def test_the_newest_fix_wins_in_whatever_order_processes_tell(
    live: RedisLivePositions, valkey_url: str, order: tuple[int, ...]
) -> None:
    organization_id, technician_id = an_organization_id(), MemberId(new_id())

    async with live_positions(valkey_url) as other:
        for process, seq in zip((live, other, live), order, strict=True):
            process.offer(a_position(organization_id, technician_id, seq=seq))
            await settle(process)

    assert await known_to(live, organization_id) == {
        a_position(organization_id, technician_id, seq=3)
    }


async def test_a_viewer_hears_what_another_process_was_told(
    live: RedisLivePositions, valkey_url: str
) -> None:
    position = a_position()
    mailbox = Mailbox()

    async with (
        live_positions(valkey_url) as other,
        live.watch(position.organization_id, mailbox),
    ):
        other.offer(position)
        heard = await mailbox.take(10)

    assert heard == position


async def test_a_viewer_hears_nothing_of_another_organisation(live: RedisLivePositions) -> None:
    mailbox = Mailbox()

    async with live.watch(an_organization_id(), mailbox):
        live.offer(a_position())
        await settle(live)

    assert mailbox.take_all() == ()


async def test_positions_are_on_the_map_of_their_organisation(
    live: RedisLivePositions, redis: Redis
) -> None:
    position = a_position()
    live.offer(position)
    await settle(live)

    found = await redis.geosearch(
        map_key(position.organization_id),
        longitude=position.fix.longitude_e7 / 1e7,
        latitude=position.fix.latitude_e7 / 1e7,
        radius=5,
        unit="m",
    )

    assert found == [str(position.technician_id).encode()]


async def test_a_place_beyond_the_map_is_shown_all_the_same(live: RedisLivePositions) -> None:
    pole = a_position(latitude_e7=900_000_000)
    neighbour = a_position(pole.organization_id)
    live.offer(pole)
    live.offer(neighbour)
    await settle(live)

    assert await known_to(live, pole.organization_id) == {pole, neighbour}


async def test_nothing_in_redis_stays_for_ever(live: RedisLivePositions, redis: Redis) -> None:
    position = a_position()
    live.offer(position)
    await settle(live)
    await known_to(live, position.organization_id)

    lives = [
        await redis.ttl(make_key(position.organization_id))
        for make_key in (positions_key, map_key, viewers_key)
    ]

    assert all(0 <= seconds <= 172_800 for seconds in lives)


async def test_phones_learn_whether_somebody_watches_and_that_nobody_does_any_more(
    live: RedisLivePositions,
) -> None:
    organization_id, technician_id = an_organization_id(), MemberId(new_id())
    seqs = iter(range(1, 10_000))

    async def is_watched() -> bool:
        live.offer(a_position(organization_id, technician_id, seq=next(seqs)))
        return live.is_watched(organization_id)

    async def is_unwatched() -> bool:
        return not await is_watched()

    before = await is_watched()
    async with live.watch(organization_id, Mailbox()):
        while_watching = await eventually_true(is_watched)
    afterwards = await eventually_true(is_unwatched)

    assert (before, while_watching, afterwards) == (False, True, True)


async def test_a_wiped_redis_is_filled_by_the_next_fixes(
    live: RedisLivePositions, redis: Redis
) -> None:
    position = a_position(seq=5)
    mailbox = Mailbox()
    live.offer(position)
    await settle(live)

    async with live.watch(position.organization_id, mailbox):
        mailbox.take_all()
        await redis.flushall()
        later = a_position(position.organization_id, position.technician_id, seq=6)
        live.offer(later)
        heard = await mailbox.take(10)

    assert heard == later
    assert await known_to(live, position.organization_id) == {later}


async def test_a_viewer_whose_connection_was_cut_catches_up(
    live: RedisLivePositions, valkey_url: str, redis: Redis
) -> None:
    position = a_position()
    mailbox = Mailbox()

    async with (
        live_positions(valkey_url) as other,
        live.watch(position.organization_id, mailbox),
    ):
        await redis.client_kill_filter(_type="pubsub")
        other.offer(position)
        heard = await mailbox.take(10)

    assert heard == position


async def test_a_viewer_keeps_its_stream_while_redis_is_restarted(tmp_path: Path) -> None:
    position = a_position()
    later = a_position(position.organization_id, position.technician_id, seq=2)
    mailbox = Mailbox()

    with running_valkey(tmp_path) as server:
        async with (
            live_positions(server.valkey.url()) as live,
            live.watch(position.organization_id, mailbox),
        ):
            await asyncio.to_thread(server.child.stop, timeout_seconds=10)
            live.offer(position)
            has_noticed = await eventually_true(lambda: _is_unavailable(live))
            live.offer(later)
            again = server.valkey.start()
            await asyncio.to_thread(server.valkey.wait_until_ready, again)
            heard = await mailbox.take(15)
            has_recovered = await eventually_true(lambda: _is_available(live))

    assert has_noticed
    assert heard == later
    assert has_recovered


async def _is_available(live: RedisLivePositions) -> bool:
    return live.is_available


async def _is_unavailable(live: RedisLivePositions) -> bool:
    return not live.is_available


async def test_a_viewer_may_begin_while_redis_is_down() -> None:
    mailbox = Mailbox()

    async with (
        live_positions("redis://127.0.0.1:1") as live,
        live.watch(an_organization_id(), mailbox),
    ):
        told = mailbox.take_all()

    assert told == ()
