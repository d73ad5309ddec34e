"""A few requests made up from the contract, for every method; chaos sends them by the thousand."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.architecture.contract import methods
from tests.support.any_method import AnyMethod
from tests.support.fuzzing.firing_range import FiringRange, Squad, firing_range
from tests.support.rpc import MAX_MESSAGE_BYTES, running_api
from tests.support.servers import DatabaseServer, RunningValkey
from tests.support.tenant_rows import Rows

pytestmark = pytest.mark.asyncio(loop_scope="package")

REQUESTS = 8


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def on_trial(
    postgres_server: DatabaseServer,
    valkey_server: RunningValkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[FiringRange]:
    """Yield a server of its own: what is tried may pause queues and void what others rely on."""
    folder = tmp_path_factory.mktemp("keys")
    with postgres_server.migrated_database() as database:
        async with (
            running_api(database, valkey_server.valkey.url(), folder) as api,
            firing_range(api, max_message_bytes=MAX_MESSAGE_BYTES) as ready,
        ):
            yield ready


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def squad(on_trial: FiringRange) -> Squad:
    return await on_trial.squad()


@pytest.fixture(scope="module")
def their_rows(on_trial: FiringRange) -> Rows:
    """Return what the other organisation has before anything is tried."""
    return on_trial.their_rows()


@pytest.mark.parametrize("full_name", [method.full_name for method in methods()])
async def test_whatever_is_asked_the_answer_is_one_that_the_contract_knows(
    on_trial: FiringRange, squad: Squad, their_rows: Rows, full_name: str, fuzz_seed: int
) -> None:
    outcome = await on_trial.complaints(AnyMethod(full_name), squad, count=REQUESTS, seed=fuzz_seed)

    assert not outcome.report, outcome.report
    assert outcome.answered == REQUESTS
    assert on_trial.their_rows() == their_rows
