"""Every method is sent thousands of requests, sound, flawed and broken, by everybody."""

import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor

from tests.architecture.contract import has_effect, methods
from tests.chaos.fuzz.conftest import Trial
from tests.support.any_method import AnyMethod
from tests.support.fuzzing.firing_range import Squad

pytestmark = pytest.mark.asyncio(loop_scope="package")

ENOUGH = 2000
"""Of so many requests some must be sound, whatever the method."""


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def readers(trial: Trial) -> Squad:
    """Return people for all methods that change nothing: what they can name stays as it is."""
    return await trial.ground.squad()


@pytest.mark.parametrize("method", methods(), ids=lambda method: method.full_name)
async def test_whatever_is_asked_the_answer_is_one_that_the_contract_knows(
    trial: Trial, readers: Squad, method: MethodDescriptor, fuzz_seed: int, fuzz_requests: int
) -> None:
    squad = await trial.ground.squad() if has_effect(method) else readers
    before, log = trial.ground.their_rows(), trial.processes.log()

    outcome = await trial.ground.complaints(
        AnyMethod(method.full_name), squad, count=fuzz_requests, seed=fuzz_seed
    )

    assert not outcome.report, outcome.report
    assert outcome.answered == fuzz_requests
    assert outcome.accepted or fuzz_requests < ENOUGH
    assert trial.ground.their_rows() == before
    assert await trial.is_unharmed(log), trial.processes.log()[len(log) :]
