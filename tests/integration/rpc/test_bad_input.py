"""What a caller is told of bad input: code, reason and field, in one form for all."""

import pytest
import pytest_asyncio

from tests.integration.rpc.bad_credentials import BAD_CREDENTIALS
from tests.integration.rpc.bad_input import BAD_INPUTS, BadInput
from tests.integration.rpc.refused_calls import REFUSED_CALLS
from tests.support.businesses import Business, a_business
from tests.support.refusals import refused
from tests.support.rpc import Api

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def shop(api: Api) -> Business:
    """Return one business for all calls, as those that are refused have no effect."""
    return await a_business(api)


@pytest.mark.parametrize(
    "bad", [*BAD_INPUTS, *BAD_CREDENTIALS, *REFUSED_CALLS], ids=lambda bad: bad.title
)
async def test_a_refusal_tells_code_reason_and_field(shop: Business, bad: BadInput) -> None:
    refusal = await refused(bad.call(shop))

    assert (refusal.code, refusal.reason) == (bad.code, bad.reason)
    assert refusal.fields == list(bad.fields)
    assert refusal.info.domain == "campotech.dev"
    assert refusal.message
    assert refusal.spanish
    assert refusal.request_id
