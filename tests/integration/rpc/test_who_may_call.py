"""Who may call what: nobody without a token but the public methods, nobody in a wrong role."""

from collections.abc import AsyncIterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from campotech.health.v1 import health_pb2 as system_health_pb2
from domain.commands import Role
from server.roles import METHOD_ROLES, PUBLIC_METHODS
from tests.architecture.contract import methods
from tests.support.any_method import AnyMethod
from tests.support.builders import an_organization_id
from tests.support.refusals import Refused, refusal_in, refused
from tests.support.rpc import Api, Caller

pytestmark = pytest.mark.asyncio(loop_scope="package")

OF_THE_CONTRACT = {AnyMethod(method.full_name).path for method in methods()}
GUARDED = sorted((OF_THE_CONTRACT | METHOD_ROLES.keys()) - PUBLIC_METHODS)
ALLOWED = [(path, role) for path in sorted(METHOD_ROLES) for role in sorted(METHOD_ROLES[path])]
REFUSED = [(path, role) for path in GUARDED for role in sorted(set(Role) - METHOD_ROLES[path])]

SHUT_OUT = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}


async def refusal_of(caller: Caller, path: str) -> Refused | None:
    """Return how a call with an empty request is refused, None if it is not."""
    method = AnyMethod(path[1:].replace("/", "."))
    try:
        await method.first_answer(caller.channel, method.request())
    except grpc.aio.AioRpcError as error:
        return refusal_in(error)
    return None


@pytest.mark.parametrize("path", GUARDED)
async def test_without_a_token_a_method_answers_nobody(api: Api, path: str) -> None:
    refusal = await refusal_of(api.caller_with(""), path)

    assert refusal is not None
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING")
    assert refusal.info.domain == "campotech.dev"


@pytest.mark.parametrize(("path", "role"), REFUSED)
async def test_a_role_that_may_not_is_refused(api: Api, path: str, role: Role) -> None:
    caller = api.caller(role, organization_id=an_organization_id())

    refusal = await refusal_of(caller, path)

    assert refusal is not None
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
    assert refusal.info.metadata["allowed_roles"] == ",".join(sorted(METHOD_ROLES[path]))


@pytest.mark.parametrize(("path", "role"), ALLOWED)
async def test_a_role_that_may_is_let_in(api: Api, path: str, role: Role) -> None:
    caller = api.caller(role, organization_id=an_organization_id())

    refusal = await refusal_of(caller, path)

    assert refusal is None or refusal.code not in SHUT_OUT


async def test_a_token_without_roles_opens_nothing(api: Api) -> None:
    caller = api.caller(organization_id=an_organization_id())

    refusals = [await refusal_of(caller, path) for path in GUARDED]

    assert {refusal.reason for refusal in refusals if refusal} == {"ROLE_MISSING"}
    assert None not in refusals


async def test_anybody_may_ask_for_the_health_of_the_system(api: Api) -> None:
    stranger = api.caller_with("")

    answer = await stranger.health.GetSystemHealth(system_health_pb2.GetSystemHealthRequest())

    assert [component.id for component in answer.health.components] == ["database", "cache"]


async def test_anybody_may_ask_for_the_health_of_the_process(api: Api) -> None:
    stub = health_pb2_grpc.HealthStub(api.caller_with("").channel)
    serving = health_pb2.HealthCheckResponse.SERVING

    whole = await stub.Check(health_pb2.HealthCheckRequest())
    watched = await stub.Watch(health_pb2.HealthCheckRequest()).read()
    listed = await stub.List(health_pb2.HealthListRequest())

    assert (whole.status, watched.status) == (serving, serving)
    assert {status.status for status in listed.statuses.values()} == {serving}
    assert "campotech.jobs.v1.JobService" in listed.statuses


async def test_anybody_may_ask_which_services_there_are(api: Api) -> None:
    async def ask() -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")

    stub = reflection_pb2_grpc.ServerReflectionStub(api.caller_with("").channel)
    answer = await stub.ServerReflectionInfo(ask()).read()

    served = {service.name for service in answer.list_services_response.service}
    assert served >= {path[1:].partition("/")[0] for path in OF_THE_CONTRACT}


async def test_a_method_that_does_not_exist_is_unimplemented(api: Api) -> None:
    caller = api.caller(*Role, organization_id=an_organization_id())

    nap = caller.channel.unary_unary("/campotech.jobs.v1.JobService/Nap", bytes, bytes)

    refusal = await refused(nap(b""))

    assert refusal.code == grpc.StatusCode.UNIMPLEMENTED
