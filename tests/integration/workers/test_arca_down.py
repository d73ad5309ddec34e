"""ARCA is down, and back: what real workers do about it. `tests/chaos/outages` breaks more."""

from tests.integration.workers.arca_offices import ArcaOffices
from tests.support.waiting import eventually

INVOICES = 12
REFUSALS = 12


async def test_an_outage_parks_every_invoice_as_pending_until_arca_is_back(
    offices: ArcaOffices,
) -> None:
    cuits = await offices.meet_an_open_breaker(invoices=INVOICES, workers=2)
    claims = offices.claims().total()
    assert eventually(lambda: offices.claims().total() > claims + REFUSALS, within_seconds=60)
    during, spent, calls = offices.fiscal_states(), offices.spent_attempts(), offices.calls()

    offices.sandbox.http.delete("/sandbox/faults")

    assert offices.are_authorized(INVOICES)
    assert during == {"PENDING": INVOICES}
    assert sum(spent) <= calls
    assert offices.caes(cuits) == [1] * INVOICES
