"""Which fire times are due, by what was decided before, the time, and the entry's policy."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.cron_schedules import read_schedule
from domain.identifiers import birth_time
from domain.operations.cron import (
    MOST_FIRES_AT_ONCE,
    CatchUp,
    DueFires,
    due_fires,
    fire_id,
    fire_key,
)
from tests.contracts.cron_store import an_entry

HOURLY = read_schedule("0 * * * *", "UTC")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


def due(decided_until: datetime, now: datetime, catch_up: CatchUp) -> DueFires:
    return due_fires(an_entry(decided_until, catch_up=catch_up), HOURLY, now)


@pytest.mark.parametrize(
    ("decided_until", "now", "skip", "once", "all_of_them"),
    [
        ("22 10:00", "22 10:59:59", [], [], []),
        ("22 10:00", "22 11:00", ["22 11:00"], ["22 11:00"], ["22 11:00"]),
        ("22 10:00", "22 11:01", ["22 11:00"], ["22 11:00"], ["22 11:00"]),
        ("22 10:00", "22 11:01:01", [], ["22 11:00"], ["22 11:00"]),
        ("22 10:00", "22 13:30", [], ["22 13:00"], ["22 11:00", "22 12:00", "22 13:00"]),
        ("22 10:00", "22 12:00:30", ["22 12:00"], ["22 12:00"], ["22 11:00", "22 12:00"]),
        ("22 10:17", "22 10:40", [], [], []),
        # A clock that was set back.
        ("22 13:00", "22 11:30", [], [], []),
    ],
)
def test_due_fire_times(
    decided_until: str, now: str, skip: list[str], once: list[str], all_of_them: list[str]
) -> None:
    expected = {CatchUp.SKIP: skip, CatchUp.ONCE: once, CatchUp.ALL: all_of_them}

    found = {policy: due(at(decided_until), at(now), policy).fire_times for policy in CatchUp}

    assert found == {policy: tuple(map(at, times)) for policy, times in expected.items()}


@pytest.mark.parametrize("policy", CatchUp)
@pytest.mark.parametrize("now", ["22 10:30", "22 11:00", "22 15:59", "22 09:00"])
def test_what_was_decided_once_is_not_due_again(policy: CatchUp, now: str) -> None:
    first = due(at("22 10:00"), at(now), policy)

    again = due(first.decided_until, at(now), policy)

    assert again.fire_times == ()
    assert again.next_fire_at > max(at(now), at("22 10:00"))


def test_many_missed_fire_times_are_caught_up_with_turn_by_turn() -> None:
    decided_until, now = at("01 00:00"), at("05 00:00")
    found: list[datetime] = []
    turns = 0

    while (turn := due(decided_until, now, CatchUp.ALL)).fire_times:
        found.extend(turn.fire_times)
        decided_until, turns = turn.decided_until, turns + 1

    assert turns == -(-96 // MOST_FIRES_AT_ONCE)
    assert found == [at("01 00:00") + timedelta(hours=hour) for hour in range(1, 97)]


def test_the_id_of_a_task_says_its_entry_and_fire_time_and_nothing_else() -> None:
    moment = at("22 11:00")
    ids = [
        fire_id("notes", moment),
        fire_id("others", moment),
        fire_id("notes", moment + timedelta(hours=1)),
    ]

    assert fire_id("notes", moment) == ids[0]
    assert len(set(ids)) == len(ids)
    assert [task_id.version for task_id in ids] == [7, 7, 7]
    assert birth_time(ids[0]) == moment
    assert ids[0].variant == "specified in RFC 4122"


def test_the_key_of_a_task_is_the_same_in_every_time_zone() -> None:
    moment = datetime.fromisoformat("2026-11-22T08:00:00-03:00")

    assert fire_key("notes", moment) == "cron/notes/2026-11-22T11:00:00Z"
