"""Every path of the OpenAPI document is sent requests through Envoy, to keep and to break it."""

import asyncio

import httpx
import pytest
import pytest_asyncio

from tests.chaos.fuzz.conftest import Trial
from tests.support.fuzzing.cases import Operation, operations
from tests.support.fuzzing.firing_range import Squad
from tests.support.fuzzing.http_trial import HttpTrial
from tests.support.waiting import eventually_true

pytestmark = pytest.mark.asyncio(loop_scope="package")

REQUESTS = 24


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def squad(trial: Trial) -> Squad:
    return await trial.ground.squad()


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def edge(trial: Trial, squad: Squad, edge_url: str) -> HttpTrial:
    """Return the way through Envoy, once it has found the server."""
    async with httpx.AsyncClient(base_url=edge_url) as http:

        async def is_healthy() -> bool:
            return (await http.get("/api/health")).is_success

        assert await eventually_true(is_healthy, within_seconds=30)
    return HttpTrial(edge_url, squad, trial.ground.secrets)


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
async def test_whatever_is_asked_a_path_answers_as_the_document_says(
    trial: Trial, edge: HttpTrial, operation: Operation, fuzz_seed: int
) -> None:
    before, log = trial.ground.their_rows(), trial.processes.log()

    answered, report = await asyncio.to_thread(
        edge.complaints, operation, count=REQUESTS, seed=fuzz_seed
    )

    assert not report, report
    assert answered
    assert trial.ground.their_rows() == before
    assert await trial.is_unharmed(log), trial.processes.log()[len(log) :]
