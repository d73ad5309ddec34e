"""The streams of a revoked key end within five seconds on every process of a server."""

import time
from functools import partial
from pathlib import Path

import grpc
import pytest

from campotech.directory.v1 import api_keys_pb2, api_keys_pb2_grpc
from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.commands import Role
from tests.support.connecting import creating_api_key
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.refusals import refusal_in, refused
from tests.support.server_processes import is_serving, server_processes
from tests.support.servers import Database
from tests.support.waiting import eventually_true

CHILDREN = 2
SOON_SECONDS = 5.0


async def test_every_process_ends_the_streams_of_a_revoked_key(
    database: Database, valkey_url: str, tmp_path: Path
) -> None:
    async with open_transactions(database) as opener:
        organization = await Tenants(opener).organization()
    with server_processes(database, valkey_url, tmp_path, count=CHILDREN) as server:
        addresses = [server.private_address(index) for index in range(CHILDREN)]
        for address in addresses:
            serving = partial(is_serving, address)
            assert await eventually_true(serving, within_seconds=30), server.log()
        owner = server.issuer.token(Role.OWNER, organization_id=organization.id)
        channels = [grpc.aio.insecure_channel(address) for address in addresses]
        keys = api_keys_pb2_grpc.ApiKeyServiceStub(channels[0])
        created = await keys.CreateApiKey(creating_api_key(), metadata=_headers(owner))
        stubs = [jobs_pb2_grpc.JobServiceStub(channel) for channel in channels]
        own = _headers(created.secret)
        streams = [stub.WatchJobs(jobs_pb2.WatchJobsRequest(), metadata=own) for stub in stubs]
        for stream in streams:
            await stream.read()

        await keys.RevokeApiKey(
            api_keys_pb2.RevokeApiKeyRequest(name=created.api_key.name), metadata=_headers(owner)
        )
        revoked_at = time.monotonic()
        endings = [await _ending(stream) for stream in streams]
        took = time.monotonic() - revoked_at
        refusals = [
            await refused(stub.ListJobs(jobs_pb2.ListJobsRequest(), metadata=own)) for stub in stubs
        ]

        for channel in channels:
            await channel.close()
    assert endings == ["TOKEN_INVALID"] * CHILDREN
    assert [refusal.reason for refusal in refusals] == endings
    assert took < SOON_SECONDS


def _headers(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


async def _ending(
    stream: "grpc.aio.UnaryStreamCall[jobs_pb2.WatchJobsRequest, jobs_pb2.WatchJobsResponse]",
) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        while True:
            await stream.read()
    return refusal_in(caught.value).reason
