"""A viewer gets everybody's place, then the changes, and signs of life in between."""

from contextlib import aclosing

from domain.identifiers import MemberId
from domain.tracking.use_cases.watch_locations import (
    Heartbeat,
    Snapshot,
    WatchLocations,
    watch_locations,
)
from tests.support.builders import an_organization_id
from tests.support.clocks import MORNING, StoppedClock, new_id
from tests.support.in_memory_tracking import InMemoryLivePositions
from tests.support.tracking_builders import a_position

ORGANIZATION = an_organization_id()
TECHNICIAN = MemberId(new_id())


async def test_everybodys_place_comes_first_and_then_what_changes() -> None:
    live = InMemoryLivePositions()
    known, elsewhere = a_position(ORGANIZATION, TECHNICIAN), a_position()
    live.offer(known)
    live.offer(elsewhere)
    command = WatchLocations(organization_id=ORGANIZATION)
    words = watch_locations(live, StoppedClock(), command=command, heartbeat_seconds=5)
    moved = a_position(ORGANIZATION, TECHNICIAN, seq=2)

    async with aclosing(words):
        first = await anext(words)
        live.offer(moved)
        second = await anext(words)

    assert first == Snapshot((known,))
    assert second == moved


async def test_a_quiet_stream_gives_signs_of_life() -> None:
    command = WatchLocations(organization_id=ORGANIZATION)
    words = watch_locations(
        InMemoryLivePositions(), StoppedClock(), command=command, heartbeat_seconds=0.01
    )

    async with aclosing(words):
        told = [await anext(words) for _ in range(3)]

    assert told == [Snapshot(()), Heartbeat(MORNING), Heartbeat(MORNING)]


async def test_only_the_technicians_asked_for_are_told() -> None:
    live = InMemoryLivePositions()
    wanted = a_position(ORGANIZATION, TECHNICIAN)
    live.offer(a_position(ORGANIZATION))
    live.offer(wanted)
    command = WatchLocations(organization_id=ORGANIZATION, technicians=frozenset({TECHNICIAN}))

    async with aclosing(
        watch_locations(live, StoppedClock(), command=command, heartbeat_seconds=5)
    ) as words:
        first = await anext(words)

    assert first == Snapshot((wanted,))


async def test_a_slow_viewer_gets_the_newest_place_and_none_in_between() -> None:
    live = InMemoryLivePositions()
    command = WatchLocations(organization_id=ORGANIZATION)
    words = watch_locations(live, StoppedClock(), command=command, heartbeat_seconds=0.01)

    async with aclosing(words):
        await anext(words)
        for seq in range(1, 501):
            live.offer(a_position(ORGANIZATION, TECHNICIAN, seq=seq))
        told = [await anext(words), await anext(words)]

    assert told == [a_position(ORGANIZATION, TECHNICIAN, seq=500), Heartbeat(MORNING)]


async def test_a_viewer_who_leaves_is_forgotten() -> None:
    live = InMemoryLivePositions()
    command = WatchLocations(organization_id=ORGANIZATION)
    words = watch_locations(live, StoppedClock(), command=command, heartbeat_seconds=5)
    await anext(words)

    await words.aclose()

    assert not live.has_viewers
