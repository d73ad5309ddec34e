"""An outage that many meet is told to operators once, and is over once."""

from collections.abc import Iterator

import pytest

from tests.integration.workers.arca_offices import ArcaOffices
from tests.support.task_platform import TaskPlatform
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver

KEY = "feature:invoicing.afip"
ALERTS = "SELECT told_count, closed_at IS NULL FROM alerts WHERE key = %s"
DELIVERED = "SELECT count(*) FROM alert_deliveries WHERE key = %s AND state = 'delivered'"
WORKERS = 4
INVOICES = 24


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as listening:
        yield listening


def alert_is(platform: TaskPlatform, *, is_open: bool) -> bool:
    return eventually(lambda: platform.execute(ALERTS, KEY) == [(1, is_open)], within_seconds=30)


async def test_an_outage_that_four_workers_meet_is_one_alert_and_over_when_the_agency_is_back(
    offices: ArcaOffices, receiver: WebhookReceiver
) -> None:
    platform = offices.platform
    platform.use({"CAMPOTECH_ALERTS_WEBHOOK_URL": receiver.url})
    offices.sandbox.put_fault("arca.wsfe", "down")
    await offices.invoice(INVOICES)
    offices.start(WORKERS)
    platform.start_keeper()
    assert alert_is(platform, is_open=True)
    assert eventually(lambda: platform.execute(DELIVERED, KEY) == [(1,)], within_seconds=30)

    offices.sandbox.http.delete("/sandbox/faults")

    assert offices.are_authorized(INVOICES)
    assert alert_is(platform, is_open=False)
    assert [key for key in receiver.tries if key.startswith(KEY)] == [f"{KEY}#1"]
