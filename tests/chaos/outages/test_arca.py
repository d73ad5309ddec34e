"""ARCA is down, slow or back, or Redis is: what four real workers do about it together."""

from pathlib import Path

from redis import Redis

from tests.integration.workers.arca_offices import ASK, ArcaOffices
from tests.support.servers import running_valkey
from tests.support.waiting import eventually

WORKERS = 4
INVOICES = 24
LONGER_THAN_REFUSALS_TAKE_SECONDS = 12.0
REFUSALS = 60
ALERT = "SELECT told_count FROM alerts WHERE key = 'feature:invoicing.afip'"
# A tenth of the defaults, so that as many calls fit into the window as there.
HANGING = {
    "CAMPOTECH_AFIP_DEADLINE_SECONDS": "3",
    "CAMPOTECH_BREAKER_WINDOW_SECONDS": "6",
    "CAMPOTECH_BREAKER_MINIMUM_CALLS": "10",
    "CAMPOTECH_TASK_CONCURRENCY": "2",
}


async def test_of_four_processes_one_call_finds_out_whether_arca_is_back(
    offices: ArcaOffices,
) -> None:
    cuits = await offices.meet_an_open_breaker(invoices=INVOICES, workers=WORKERS)

    seconds = LONGER_THAN_REFUSALS_TAKE_SECONDS
    offices.sandbox.put_fault("arca.wsfe", "slow", seconds=seconds, times=1)
    assert eventually(lambda: has_a_probe(offices), within_seconds=30)
    calls, claims = offices.calls(), offices.claims()
    assert eventually(lambda: are_refused_by_all(offices, claims), within_seconds=seconds)
    during = offices.calls()

    assert has_a_probe(offices)
    assert during == calls
    assert offices.are_authorized(INVOICES)
    assert offices.caes(cuits) == [1] * INVOICES


async def test_a_probe_that_dies_with_its_process_is_made_again_by_another(
    offices: ArcaOffices,
) -> None:
    offices.platform.use({"CAMPOTECH_AFIP_DEADLINE_SECONDS": "3"})
    cuits = await offices.meet_an_open_breaker(invoices=INVOICES, workers=WORKERS)
    offices.sandbox.put_fault("arca.wsfe", "slow", seconds=60, times=1)
    assert eventually(lambda: has_a_probe(offices), within_seconds=30)

    offices.kill_workers()
    offices.start_worker()

    assert offices.are_authorized(INVOICES)
    assert offices.caes(cuits) == [1] * INVOICES


async def test_an_arca_that_only_hangs_is_noticed_by_a_single_worker_and_told(
    offices: ArcaOffices,
) -> None:
    cuits = await offices.invoice(4)
    offices.sandbox.put_fault("arca.wsfe", "slow", seconds=60)

    offices.start(1, **HANGING)

    assert eventually(lambda: offices.parked("breaker_open") > 0, within_seconds=40)
    assert eventually(
        lambda: offices.platform.execute(ALERT) == [(1,)],
        within_seconds=20,
    )
    offices.sandbox.http.delete("/sandbox/faults")
    assert offices.are_authorized(len(cuits))
    assert offices.caes(cuits) == [1] * len(cuits)


async def test_a_wiped_redis_in_the_middle_of_an_outage_loses_and_doubles_nothing(
    offices: ArcaOffices,
) -> None:
    cuits = await offices.meet_an_open_breaker(invoices=INVOICES, workers=WORKERS)

    with Redis.from_url(offices.platform.broker_url) as redis:
        redis.flushall()
    claims = offices.claims().total()
    assert eventually(lambda: offices.claims().total() > claims + INVOICES, within_seconds=60)
    offices.sandbox.http.delete("/sandbox/faults")

    assert offices.are_authorized(INVOICES)
    assert offices.caes(cuits) == [1] * INVOICES


async def test_without_redis_no_call_is_made_until_somebody_counts_again(
    offices: ArcaOffices, tmp_path: Path
) -> None:
    cuits = await offices.invoice(3)
    with running_valkey(tmp_path / "limits") as limits:
        assert limits.child.stop(timeout_seconds=10)
        offices.start(2, CAMPOTECH_REDIS_URL=limits.valkey.url())
        assert eventually(lambda: offices.parked("limits_unknown") == len(cuits), within_seconds=60)
        during, calls = offices.fiscal_states(), len(offices.sandbox.received(limit="5000"))

        limits.valkey.wait_until_ready(limits.valkey.start())

        assert offices.are_authorized(len(cuits))
    assert (during, calls) == ({"PENDING": len(cuits)}, 0)
    assert offices.caes(cuits) == [1] * len(cuits)
    assert offices.spent_attempts() == [1] * len(cuits)


async def test_a_full_limit_parks_what_is_over_it_and_spends_no_attempt(
    offices: ArcaOffices,
) -> None:
    allowed = 9
    await offices.invoice(INVOICES)

    offices.start(
        WORKERS, CAMPOTECH_AFIP_CALLS_PER_MINUTE=str(allowed), CAMPOTECH_TASK_CONCURRENCY="1"
    )

    assert eventually(
        lambda: offices.parked("rate_limited") + offices.fiscal_states()["AUTHORIZED"] == INVOICES,
        within_seconds=60,
    )
    assert sum(offices.calls(name) for name in ("loginCms", ASK, "FECAESolicitar")) == allowed
    assert set(offices.fiscal_states()) == {"PENDING", "AUTHORIZED"}
    assert sum(offices.spent_attempts()) == offices.fiscal_states()["AUTHORIZED"]


def has_a_probe(offices: ArcaOffices) -> bool:
    newest = offices.sandbox.received(operation=ASK, limit="1")
    return bool(newest) and newest[0]["outcome"] == "waiting before the work"


def are_refused_by_all(offices: ArcaOffices, before: dict[str, int]) -> bool:
    """Tell whether all workers have been at it since, often enough to have called by now."""
    now = offices.claims()
    return len(now) == WORKERS and now.total() >= sum(before.values()) + REFUSALS
