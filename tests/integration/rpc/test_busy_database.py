"""A database without a free connection: whoever calls is told so in time, and nobody hangs."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import psycopg
import pytest_asyncio

from campotech.directory.v1 import directory_pb2
from campotech.jobs.v1 import jobs_pb2
from domain.commands import Role
from tests.support.builders import an_organization_id
from tests.support.refusals import refused
from tests.support.rpc import Api, running_api
from tests.support.servers import Database
from tests.support.waiting import eventually_true

CONNECTIONS = 20
WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest_asyncio.fixture
async def api(database: Database, valkey_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(database, valkey_url, tmp_path) as running:
        yield running


@contextmanager
def jobs_locked(database: Database) -> Iterator[None]:
    with psycopg.connect(database.owner_url) as blocker:
        blocker.execute("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE")
        yield
        blocker.rollback()


async def test_a_call_without_a_connection_is_refused_before_its_deadline_and_the_rest_goes_on(
    api: Api, database: Database
) -> None:
    owner = api.caller(Role.OWNER, organization_id=an_organization_id())
    await owner.jobs.ListJobs(jobs_pb2.ListJobsRequest())

    async def all_connections_wait() -> bool:
        return await asyncio.to_thread(_waiting, database) == CONNECTIONS

    with jobs_locked(database):
        holding = [
            asyncio.ensure_future(owner.jobs.ListJobs(jobs_pb2.ListJobsRequest(), timeout=60))
            for _ in range(CONNECTIONS)
        ]
        assert await eventually_true(all_connections_wait)

        refusals = await asyncio.gather(
            *(
                refused(owner.directory.ListMembers(directory_pb2.ListMembersRequest(), timeout=2))
                for _ in range(5)
            )
        )
    answers = await asyncio.gather(*holding)

    assert {(each.code, each.reason) for each in refusals} == {
        (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    }
    assert all(each.retry_after_seconds for each in refusals)
    assert len(answers) == CONNECTIONS


def _waiting(database: Database) -> int:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        row = connection.execute(WAITING).fetchone()
    return int(row[0]) if row else 0
