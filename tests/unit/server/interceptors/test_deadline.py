import asyncio

import grpc
import pytest

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.commands import Role
from server.calls import ServicerContext
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.loopback import job_service, loopback
from tests.support.refusals import refused
from tests.support.token_issuer import TokenIssuer

REQUEST = jobs_pb2.GetJobRequest(name=f"jobs/{new_id()}")


class Stuck:
    """A handler that never answers, and notes that it was cancelled."""

    def __init__(self) -> None:
        self.cancelled = asyncio.Event()

    async def __call__(
        self, _request: jobs_pb2.GetJobRequest, _context: ServicerContext
    ) -> jobs_pb2.GetJobResponse:
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
        return jobs_pb2.GetJobResponse()


def headers(issuer: TokenIssuer) -> tuple[tuple[str, str], ...]:
    token = issuer.token(Role.OWNER, organization_id=an_organization_id())
    return (("authorization", f"Bearer {token}"),)


@pytest.mark.parametrize("timeout_seconds", [None, 1000])
async def test_a_call_ends_also_when_its_caller_would_wait_longer(
    timeout_seconds: float | None, issuer: TokenIssuer
) -> None:
    stuck = Stuck()
    limits = {"default_deadline_seconds": 0.05, "max_deadline_seconds": 0.05}
    async with loopback([job_service({"GetJob": stuck})], issuer, **limits) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)

        refusal = await refused(
            stub.GetJob(REQUEST, metadata=headers(issuer), timeout=timeout_seconds)
        )

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.DEADLINE_EXCEEDED,
        "DEADLINE_EXCEEDED",
    )
    assert stuck.cancelled.is_set()


async def test_a_handler_is_cancelled_when_its_callers_deadline_passes(
    issuer: TokenIssuer,
) -> None:
    stuck = Stuck()
    async with loopback([job_service({"GetJob": stuck})], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)

        refusal = await refused(stub.GetJob(REQUEST, metadata=headers(issuer), timeout=0.1))

        async with asyncio.timeout(5):
            await stuck.cancelled.wait()
    assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
