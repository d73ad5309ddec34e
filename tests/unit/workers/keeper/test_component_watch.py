from collections.abc import Collection, Sequence
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from adapters.clock import Uuid7Source
from domain.alerts import Severity
from domain.errors import TemporaryError
from domain.health.status import Status
from tests.support.clocks import StoppedClock
from tests.support.given_health import GivenProbe
from tests.support.given_senders import GivenSender
from tests.support.in_memory_alerts import InMemoryAlerts
from workers.keeper.component_watch import CacheWatch, DatabaseWatch
from workers.keeper.direct_courier import MOST_WAITING, DirectCourier

AWAY, BACK = Status.OFFLINE, Status.HEALTHY
OUTAGE = [AWAY] * 4


class Keeper:
    """A keeper that watches the database, looking every two seconds."""

    def __init__(self, *senders: GivenSender) -> None:
        self.clock = StoppedClock()
        self._probe = GivenProbe()
        self._courier = DirectCourier(senders, self.clock, Uuid7Source())
        self._watch = DatabaseWatch(self._probe, self._courier, self.clock)

    async def sees(self, *looks: Status) -> None:
        for status in looks:
            self.clock.advance(timedelta(seconds=2))
            self._probe.becomes(status)
            await self._watch.work()
            await self._courier.deliver()


def severities(sender: GivenSender) -> list[Severity]:
    return [notice.severity for notice in sender.told]


async def test_a_lost_database_is_told_once_by_every_way_and_its_return_too() -> None:
    ways = [GivenSender("webhook"), GivenSender("email")]
    keeper = Keeper(*ways)

    with capture_logs() as logs:
        await keeper.sees(BACK, *OUTAGE, BACK, BACK)

    assert [(entry["event"], entry["key"]) for entry in logs if "sender" not in entry] == [
        ("alert", "component:database"),
        ("alert_recovered", "component:database"),
    ]
    for way in ways:
        assert severities(way) == [Severity.URGENT, Severity.WARNING]
        gone, back = way.told
        assert gone.text.startswith("The database is away since 2026-11-20 12:00:04 UTC: ")
        assert back.text == "The database is back; it was away since 2026-11-20 12:00:04 UTC."
        assert gone.id != back.id


async def test_a_database_that_restarts_is_not_told() -> None:
    way = GivenSender()

    await Keeper(way).sees(BACK, AWAY, AWAY, BACK, AWAY, BACK)

    assert way.told == []


async def test_every_outage_is_told_under_an_id_of_its_own() -> None:
    way = GivenSender()

    await Keeper(way).sees(*OUTAGE, BACK, *OUTAGE, BACK)

    assert len({notice.id for notice in way.told}) == 4
    assert {notice.key for notice in way.told} == {"component:database"}


async def test_keepers_tell_each_for_itself() -> None:
    way = GivenSender()

    for _ in range(2):
        await Keeper(way).sees(*OUTAGE)

    assert len({notice.id for notice in way.told}) == 2


async def test_the_end_is_told_after_the_beginning_however_long_the_way_was_broken() -> None:
    broken, other = GivenSender("webhook"), GivenSender("email")
    keeper = Keeper(broken, other)
    broken.is_failing = True
    await keeper.sees(*OUTAGE, BACK)
    broken.is_failing = False
    keeper.clock.advance(timedelta(seconds=60))

    await keeper.sees(BACK)

    assert severities(broken) == severities(other) == [Severity.URGENT, Severity.WARNING]
    assert broken.told[0].attempt > 1


async def test_a_way_that_is_broken_is_tried_at_growing_intervals() -> None:
    broken = GivenSender()
    keeper = Keeper(broken)
    broken.is_failing = True

    with capture_logs() as logs:
        await keeper.sees(*[AWAY] * 50)

    failures = [entry for entry in logs if entry["event"] == "alert_not_delivered"]
    assert [entry["attempt"] for entry in failures] == [1, 2, 3, 4]


async def test_after_a_day_it_is_no_news_any_more() -> None:
    broken = GivenSender()
    keeper = Keeper(broken)
    broken.is_failing = True
    await keeper.sees(*OUTAGE)
    keeper.clock.advance(timedelta(days=1))
    await keeper.sees(AWAY)
    broken.is_failing = False
    keeper.clock.advance(timedelta(days=1))

    await keeper.sees(AWAY)

    assert broken.told == []


async def test_of_too_many_notices_the_newest_are_kept() -> None:
    broken = GivenSender()
    keeper = Keeper(broken)
    broken.is_failing = True
    for _ in range(MOST_WAITING):
        await keeper.sees(*OUTAGE, BACK)
    broken.is_failing = False
    keeper.clock.advance(timedelta(hours=1))

    await keeper.sees(BACK)

    assert len(broken.told) == MOST_WAITING
    assert broken.told[-1].text.startswith("The database is back")


async def said_of_the_cache(
    watches: Sequence[CacheWatch], probe: GivenProbe, looks: Sequence[Status]
) -> list[tuple[str, str]]:
    with capture_logs() as logs:
        for status in looks:
            probe.becomes(status)
            for watch in watches:
                await watch.work()
    return [(entry["event"], entry["key"]) for entry in logs]


async def test_a_lost_cache_is_told_once_by_all_keepers_and_its_return_too() -> None:
    book, probe = InMemoryAlerts(), GivenProbe()
    watches = [CacheWatch(probe, book, StoppedClock()) for _ in range(2)]

    said = await said_of_the_cache(watches, probe, [BACK, *OUTAGE, BACK, BACK])

    assert said == [("alert", "component:cache"), ("alert_recovered", "component:cache")]


async def test_what_a_keeper_told_that_died_is_closed_by_the_next() -> None:
    book, probe = InMemoryAlerts(), GivenProbe()
    await said_of_the_cache([CacheWatch(probe, book, StoppedClock())], probe, OUTAGE)

    said = await said_of_the_cache([CacheWatch(probe, book, StoppedClock())], probe, [BACK])

    assert said == [("alert_recovered", "component:cache")]


class AwayBook(InMemoryAlerts):
    """A book that is out of reach while the test says so."""

    is_away = False

    async def recover(self, keys: Collection[str]) -> Sequence[str]:
        if self.is_away:
            raise TemporaryError("away")
        return await super().recover(keys)


async def test_an_end_that_could_not_be_noted_is_noted_later() -> None:
    book, probe = AwayBook(), GivenProbe()
    watch = CacheWatch(probe, book, StoppedClock())
    await said_of_the_cache([watch], probe, OUTAGE)
    book.is_away = True
    probe.becomes(BACK)
    with pytest.raises(TemporaryError):
        await watch.work()
    book.is_away = False

    said = await said_of_the_cache([watch], probe, [BACK])

    assert said == [("alert_recovered", "component:cache")]
