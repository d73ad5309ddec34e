"""What a caller is told of bad input: code, reason and field, in one form for all."""

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor

from tests.architecture.contract import methods
from tests.integration.rpc.bad_credentials import BAD_CREDENTIALS
from tests.integration.rpc.bad_input import BAD_INPUTS, BadInput
from tests.integration.rpc.bad_names import BAD_NAMES
from tests.integration.rpc.bad_queue_input import BAD_QUEUE_INPUTS
from tests.integration.rpc.refused_calls import REFUSED_CALLS
from tests.support.businesses import Business, a_business
from tests.support.refusals import refused
from tests.support.rpc import Api

pytestmark = pytest.mark.asyncio(loop_scope="package")

BAD = [*BAD_INPUTS, *BAD_CREDENTIALS, *BAD_NAMES, *BAD_QUEUE_INPUTS]
INVALID = grpc.StatusCode.INVALID_ARGUMENT


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def shop(api: Api) -> Business:
    """Return one business for all calls, as those that are refused have no effect."""
    return await a_business(api)


@pytest.mark.parametrize("bad", [*BAD, *REFUSED_CALLS], ids=lambda bad: bad.title)
async def test_a_refusal_tells_code_reason_and_field(shop: Business, bad: BadInput) -> None:
    refusal = await refused(bad.call(shop))

    assert (refusal.code, refusal.reason) == (bad.code, bad.reason)
    assert refusal.fields == list(bad.fields)
    assert refusal.info.domain == "campotech.dev"
    assert refusal.message
    assert refusal.spanish
    assert refusal.request_id


async def test_the_table_has_a_line_for_every_method_that_asks_for_anything(
    api: Api, shop: Business
) -> None:
    asking = [method for method in methods() if method.input_type.fields]
    before = {method.full_name: _refusals(api, method) for method in asking}

    for bad in BAD:
        await refused(bad.call(shop))

    silent = [
        method.full_name for method in asking if _refusals(api, method) == before[method.full_name]
    ]
    assert not silent


def _refusals(api: Api, method: MethodDescriptor) -> float:
    """Return how many calls of a method were refused for bad input."""
    labels = {"service": method.containing_service.full_name, "method": method.name}
    counted = api.registry.get_sample_value(
        "campotech_rpc_calls_total", {**labels, "code": INVALID.name}
    )
    return counted or 0
