"""Who was ended is refused within five seconds by every process of a server that lost Redis."""

import time
from functools import partial
from pathlib import Path

import grpc
import pytest

from campotech.directory.v1 import directory_pb2, directory_pb2_grpc
from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.commands import Role
from domain.directory.member import Member
from domain.identifiers import OrganizationId
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.refusals import refusal_in
from tests.support.server_processes import ServerProcesses, is_serving, server_processes
from tests.support.servers import Database, running_valkey
from tests.support.waiting import eventually_true

CHILDREN = 2
SOON_SECONDS = 5.0


async def a_technician(database: Database) -> Member:
    async with open_transactions(database) as opener:
        tenants = Tenants(opener)
        return await tenants.member((await tenants.organization()).id)


def headers(
    server: ServerProcesses, role: Role, organization_id: OrganizationId, subject: str
) -> tuple[tuple[str, str], ...]:
    token = server.issuer.token(role, organization_id=organization_id, subject=subject)
    return (("authorization", f"Bearer {token}"),)


async def test_every_process_refuses_who_was_ended_and_ends_their_streams(
    database: Database, tmp_path: Path
) -> None:
    member = await a_technician(database)
    with (
        running_valkey(tmp_path / "valkey") as valkey,
        server_processes(database, valkey.valkey.url(), tmp_path, count=CHILDREN) as server,
    ):
        addresses = [server.private_address(index) for index in range(CHILDREN)]
        for address in addresses:
            serving = partial(is_serving, address)
            assert await eventually_true(serving, within_seconds=30), server.log()
        own = headers(server, Role.TECHNICIAN, member.organization_id, member.subject)
        owners = headers(server, Role.OWNER, member.organization_id, "owner")
        channels = [grpc.aio.insecure_channel(address) for address in addresses]
        stubs = [jobs_pb2_grpc.JobServiceStub(channel) for channel in channels]
        streams = [stub.WatchJobs(jobs_pb2.WatchJobsRequest(), metadata=own) for stub in stubs]
        for stub, stream in zip(stubs, streams, strict=True):
            await stub.ListJobs(jobs_pb2.ListJobsRequest(), metadata=own)
            await stream.read()
        valkey.child.stop(timeout_seconds=5)

        await directory_pb2_grpc.DirectoryServiceStub(channels[0]).EndMember(
            directory_pb2.EndMemberRequest(name=f"members/{member.id}"), metadata=owners
        )
        ended_at = time.monotonic()
        reasons = [await _ending(stream) for stream in streams]
        reasons += [await _refusal(stub, own, until=ended_at + SOON_SECONDS) for stub in stubs]

        assert time.monotonic() - ended_at < SOON_SECONDS
        for channel in channels:
            await channel.close()
    assert reasons == ["MEMBER_ENDED"] * (2 * CHILDREN)


async def _ending(
    stream: "grpc.aio.UnaryStreamCall[jobs_pb2.WatchJobsRequest, jobs_pb2.WatchJobsResponse]",
) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        while True:
            await stream.read()
    return refusal_in(caught.value).reason


async def _refusal(
    stub: jobs_pb2_grpc.JobServiceStub,
    metadata: tuple[tuple[str, str], ...],
    *,
    until: float,
) -> str:
    while time.monotonic() < until:
        try:
            await stub.ListJobs(jobs_pb2.ListJobsRequest(), metadata=metadata)
        except grpc.aio.AioRpcError as error:
            return refusal_in(error).reason
    return ""
