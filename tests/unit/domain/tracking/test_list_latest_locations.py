"""The list of where everybody is shows the newest that is known anywhere."""

from collections.abc import Sequence

import pytest

from domain.errors import TemporaryError
from domain.identifiers import MemberId, OrganizationId
from domain.pages import PageRequest
from domain.tracking.ports import RecordedPositions
from domain.tracking.position import Position
from domain.tracking.use_cases.list_latest_locations import list_latest_locations
from tests.support.builders import an_organization_id
from tests.support.clocks import StoppedClock, new_id
from tests.support.in_memory_tracking import InMemoryLivePositions, KnownPositions
from tests.support.tracking_builders import MINUTE, NOON, a_position


class PositionsOutOfReach:
    """The domain's RecordedPositions while the database does not answer."""

    async def newest(
        self, organization_id: OrganizationId, *, since: int, until: int
    ) -> list[Position]:
        raise TemporaryError("The database does not answer.")


class Scene:
    """Two technicians, what is live of them and what is stored."""

    def __init__(self) -> None:
        self.organization_id = an_organization_id()
        self.ana, self.beto = sorted((MemberId(new_id()), MemberId(new_id())), reverse=True)
        self.live = InMemoryLivePositions()
        self.recorded = KnownPositions()

    def position(self, technician_id: MemberId, *, minutes_ago: int) -> Position:
        return a_position(
            self.organization_id, technician_id, recorded_at=NOON - minutes_ago * MINUTE
        )

    async def latest(self, recorded: RecordedPositions | None = None) -> Sequence[Position]:
        page = await list_latest_locations(
            self.live,
            recorded or self.recorded,
            StoppedClock(),
            organization_id=self.organization_id,
            technicians=frozenset(),
            page=PageRequest(size=50),
        )
        return page.items


async def test_what_is_live_hides_nobody_who_has_not_moved_since_it_was_wiped() -> None:
    scene = Scene()
    first_to_report = scene.position(scene.beto, minutes_ago=0)
    still_there = scene.position(scene.ana, minutes_ago=1)
    scene.live.offer(first_to_report)
    scene.recorded.positions += [scene.position(scene.beto, minutes_ago=0), still_there]

    latest = await scene.latest()

    assert latest == (still_there, first_to_report)


async def test_what_is_stored_is_shown_where_it_is_newer_than_what_is_live() -> None:
    scene = Scene()
    scene.live.offer(scene.position(scene.ana, minutes_ago=90))
    scene.live.offer(scene.position(scene.beto, minutes_ago=1))
    scene.recorded.positions += [
        scene.position(scene.ana, minutes_ago=2),
        scene.position(scene.beto, minutes_ago=3),
    ]

    latest = await scene.latest()

    assert latest == (
        scene.position(scene.ana, minutes_ago=2),
        scene.position(scene.beto, minutes_ago=1),
    )


async def test_live_positions_that_nothing_reaches_are_not_shown() -> None:
    scene = Scene()
    scene.live.offer(scene.position(scene.ana, minutes_ago=90))
    scene.live.is_available = False
    scene.recorded.positions.append(scene.position(scene.beto, minutes_ago=1))

    latest = await scene.latest()

    assert latest == (scene.position(scene.beto, minutes_ago=1),)


async def test_what_is_live_answers_while_the_database_does_not() -> None:
    scene = Scene()
    scene.live.offer(scene.position(scene.ana, minutes_ago=1))

    latest = await scene.latest(PositionsOutOfReach())

    assert latest == (scene.position(scene.ana, minutes_ago=1),)


async def test_a_list_that_nobody_can_answer_is_refused_and_not_empty() -> None:
    scene = Scene()

    with pytest.raises(TemporaryError):
        await scene.latest(PositionsOutOfReach())
