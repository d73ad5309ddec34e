import grpc
import pytest

from campotech.jobs.v1 import job_pb2, jobs_pb2, jobs_pb2_grpc
from domain.commands import Role
from server.api_server import Service
from server.calls import ServicerContext
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.loopback import Loopback, job_service, loopback, raw_method
from tests.support.refusals import refused
from tests.support.token_issuer import TokenIssuer

REQUEST = jobs_pb2.CancelJobRequest(
    name=f"jobs/{new_id()}", reason=job_pb2.Job.CANCEL_REASON_CUSTOMER_REQUEST
)


async def cancel(
    _request: jobs_pb2.CancelJobRequest, _context: ServicerContext
) -> jobs_pb2.CancelJobResponse:
    return jobs_pb2.CancelJobResponse()


def forgotten_service() -> Service:
    name = "campotech.jobs.v1.ForgottenService"
    handler = grpc.unary_unary_rpc_method_handler(
        cancel, jobs_pb2.CancelJobRequest.FromString, jobs_pb2.CancelJobResponse.SerializeToString
    )
    return Service(
        name, lambda server: server.add_registered_method_handlers(name, {"Forgotten": handler})
    )


def headers(issuer: TokenIssuer, *roles: Role) -> tuple[tuple[str, str], ...]:
    token = issuer.token(*roles, organization_id=an_organization_id())
    return (("authorization", f"Bearer {token}"),)


def stub_of(running: Loopback) -> jobs_pb2_grpc.JobServiceStub:
    return jobs_pb2_grpc.JobServiceStub(running.channel)


@pytest.mark.parametrize("roles", [[Role.OWNER], [Role.DISPATCHER], [Role.TECHNICIAN, Role.OWNER]])
async def test_one_role_that_may_is_enough(roles: list[Role], issuer: TokenIssuer) -> None:
    async with loopback([job_service({"CancelJob": cancel})], issuer) as running:
        answer = await stub_of(running).CancelJob(REQUEST, metadata=headers(issuer, *roles))

    assert answer == jobs_pb2.CancelJobResponse()


@pytest.mark.parametrize("roles", [[Role.TECHNICIAN], [Role.ADMIN], []])
async def test_without_a_role_that_may_the_call_is_refused(
    roles: list[Role], issuer: TokenIssuer
) -> None:
    async with loopback([job_service({"CancelJob": cancel})], issuer) as running:
        call = stub_of(running).CancelJob(REQUEST, metadata=headers(issuer, *roles))

        refusal = await refused(call)

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
    assert dict(refusal.info.metadata) == {"allowed_roles": "dispatcher,owner"}


async def test_a_method_that_no_table_names_is_refused_to_everybody(issuer: TokenIssuer) -> None:
    async with loopback([forgotten_service()], issuer) as running:
        call = raw_method(running, "/campotech.jobs.v1.ForgottenService/Forgotten")

        refusal = await refused(call(b"", metadata=headers(issuer, *Role)))

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
