import pytest

from domain.alerts import Severity
from domain.health.feature_alerts import keep_feature_alerts
from domain.health.status import Status
from tests.support.given_health import GivenFeatures
from tests.support.in_memory_alerts import InMemoryAlerts

KEY = "feature:invoicing.afip"


@pytest.fixture
def book() -> InMemoryAlerts:
    return InMemoryAlerts()


@pytest.fixture
def features() -> GivenFeatures:
    return GivenFeatures()


@pytest.mark.parametrize("status", [Status.DEGRADED, Status.OFFLINE])
async def test_invoicing_that_works_badly_is_a_warning_as_invoices_wait(
    book: InMemoryAlerts, features: GivenFeatures, status: Status
) -> None:
    features.report("invoicing.afip", status)

    changes = await keep_feature_alerts(book, features.current())

    (told,) = changes.told
    assert (told.key, told.severity) == (KEY, Severity.WARNING)
    assert told.text == "invoicing.afip is DEGRADED since 2026-11-20 12:00:00 UTC."


async def test_it_is_told_once_however_many_watch_and_however_often(
    book: InMemoryAlerts, features: GivenFeatures
) -> None:
    features.report("invoicing.afip", Status.DEGRADED)

    told = [(await keep_feature_alerts(book, features.current())).told for _ in range(5)]

    assert [len(alerts) for alerts in told] == [1, 0, 0, 0, 0]


async def test_recovery_closes_it_once(book: InMemoryAlerts, features: GivenFeatures) -> None:
    features.report("invoicing.afip", Status.DEGRADED)
    await keep_feature_alerts(book, features.current())
    features.report("invoicing.afip", Status.HEALTHY)

    changes = [await keep_feature_alerts(book, features.current()) for _ in range(2)]

    assert [list(change.recovered) for change in changes] == [[KEY], []]
    assert await book.open_keys("feature") == frozenset()


async def test_what_was_forgotten_is_not_over(
    book: InMemoryAlerts, features: GivenFeatures
) -> None:
    features.report("invoicing.afip", Status.DEGRADED)
    await keep_feature_alerts(book, features.current())
    features.forget()

    changes = await keep_feature_alerts(book, features.current())

    assert not changes.told
    assert not changes.recovered
    assert await book.open_keys("feature") == {KEY}


async def test_what_was_never_bad_is_neither_told_nor_over(
    book: InMemoryAlerts, features: GivenFeatures
) -> None:
    features.report("invoicing.afip", Status.HEALTHY)

    changes = await keep_feature_alerts(book, features.current())

    assert not changes.told
    assert not changes.recovered
