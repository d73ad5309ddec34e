"""What the server tells about itself while Postgres and Valkey go away and come back."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2 as process_health_pb2
from grpc_health.v1 import health_pb2_grpc as process_health_pb2_grpc

from campotech.health.v1 import health_pb2
from campotech.health.v1.system_health_pb2 import (
    FEATURE_STATUS_DEGRADED,
    FEATURE_STATUS_HEALTHY,
    FEATURE_STATUS_UNKNOWN,
    HEALTH_STATUS_DEGRADED,
    HEALTH_STATUS_HEALTHY,
    HEALTH_STATUS_OFFLINE,
    FeatureStatus,
    HealthStatus,
    SystemHealth,
)
from campotech.jobs.v1 import jobs_pb2
from cli.local_servers.children import Child, Children
from cli.local_servers.ports import HeldPorts
from cli.local_servers.postgres import DISPOSABLE, LocalPostgres
from domain.commands import Role
from tests.support.builders import an_organization_id
from tests.support.refusals import refused
from tests.support.rpc import Api, Caller, running_api
from tests.support.servers import (
    Database,
    DatabaseServer,
    RunningValkey,
    running_valkey,
    temporary_folder,
)
from tests.support.waiting import eventually_true

ASK = health_pb2.GetSystemHealthRequest()
LIST = jobs_pb2.ListJobsRequest()


class StoppablePostgres:
    """A Postgres that a test may stop and start again, in the main thread (see Children)."""

    def __init__(self, postgres: LocalPostgres) -> None:
        self._postgres = postgres
        self._child: Child | None = None

    def start(self) -> None:
        self._child = self._postgres.start()
        self._postgres.wait_until_ready(self._child)

    def stop(self) -> None:
        assert self._child is not None
        assert self._child.stop(timeout_seconds=20)

    def ensure_running(self) -> None:
        """Leave it as it was found."""
        if self._child is None or self._child.exit_code() is not None:
            self.start()


@contextmanager
def stoppable_postgres(log_folder: Path) -> Iterator[tuple[StoppablePostgres, Database]]:
    with temporary_folder() as folder, HeldPorts() as ports, Children(log_folder) as children:
        postgres = LocalPostgres(
            folder, port=ports.hold_any(), children=children, parameters=DISPOSABLE
        )
        postgres.prepare()
        stoppable = StoppablePostgres(postgres)
        stoppable.start()
        with DatabaseServer(postgres).migrated_database() as database:
            yield stoppable, database
            stoppable.ensure_running()


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[tuple[StoppablePostgres, Database]]:
    with stoppable_postgres(tmp_path / "postgres") as running:
        yield running


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[RunningValkey]:
    with running_valkey(tmp_path / "valkey") as running:
        yield running


@pytest_asyncio.fixture
async def api(
    own_postgres: tuple[StoppablePostgres, Database], own_valkey: RunningValkey, tmp_path: Path
) -> AsyncIterator[Api]:
    async with running_api(own_postgres[1], own_valkey.valkey.url(), tmp_path) as running:
        yield running


@pytest.fixture
def postgres(own_postgres: tuple[StoppablePostgres, Database]) -> StoppablePostgres:
    return own_postgres[0]


@pytest.fixture
def anybody(api: Api) -> Caller:
    return api.caller_with("")


async def health_of(anybody: Caller) -> SystemHealth:
    answer = await anybody.health.GetSystemHealth(ASK, timeout=5)
    return answer.health


async def statuses_of_features(anybody: Caller) -> dict[str, "FeatureStatus.ValueType"]:
    return {feature.id: feature.status for feature in (await health_of(anybody)).features}


async def becomes(anybody: Caller, status: HealthStatus.ValueType) -> bool:
    async def is_so() -> bool:
        return (await health_of(anybody)).status == status

    return await eventually_true(is_so)


async def test_without_postgres_the_health_is_offline_at_once_and_back_by_itself(
    anybody: Caller, postgres: StoppablePostgres
) -> None:
    assert await becomes(anybody, HEALTH_STATUS_HEALTHY)

    postgres.stop()
    assert await becomes(anybody, HEALTH_STATUS_OFFLINE)
    call = anybody.health.GetSystemHealth(ASK)
    asked_at = time.perf_counter()
    headers = dict(await call.initial_metadata())
    offline = (await call).health
    took = time.perf_counter() - asked_at
    postgres.start()

    assert headers["x-http-status"] == "503"
    assert took < 0.1
    assert {part.id: part.status for part in offline.components} == {
        "database": HEALTH_STATUS_OFFLINE,
        "cache": HEALTH_STATUS_HEALTHY,
    }
    assert await becomes(anybody, HEALTH_STATUS_HEALTHY)


async def test_calls_are_refused_as_temporary_without_postgres_and_answered_when_it_is_back(
    api: Api, anybody: Caller, postgres: StoppablePostgres
) -> None:
    owner = api.caller(Role.OWNER, organization_id=an_organization_id())
    await owner.jobs.ListJobs(LIST)
    postgres.stop()
    assert await becomes(anybody, HEALTH_STATUS_OFFLINE)

    refusal = await refused(owner.jobs.ListJobs(LIST))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "DATABASE_UNAVAILABLE",
    )
    assert refusal.retry_after_seconds
    postgres.start()
    assert await becomes(anybody, HEALTH_STATUS_HEALTHY)
    answer = await owner.jobs.ListJobs(LIST)
    assert list(answer.jobs) == []


async def test_an_outage_of_postgres_does_not_take_the_process_out_of_the_rotation(
    anybody: Caller, postgres: StoppablePostgres
) -> None:
    postgres.stop()
    assert await becomes(anybody, HEALTH_STATUS_OFFLINE)

    answer = await process_health_pb2_grpc.HealthStub(anybody.channel).Check(
        process_health_pb2.HealthCheckRequest()
    )

    assert answer.status == process_health_pb2.HealthCheckResponse.SERVING


async def test_without_valkey_live_tracking_is_degraded_and_the_rest_works(
    api: Api, anybody: Caller, own_valkey: RunningValkey
) -> None:
    assert await becomes(anybody, HEALTH_STATUS_HEALTHY)
    owner = api.caller(Role.OWNER, organization_id=an_organization_id())

    own_valkey.child.stop(timeout_seconds=10)

    assert await becomes(anybody, HEALTH_STATUS_DEGRADED)
    assert await statuses_of_features(anybody) == {
        "invoicing.afip": FEATURE_STATUS_UNKNOWN,
        "jobs.proofs": FEATURE_STATUS_UNKNOWN,
        "messaging.whatsapp": FEATURE_STATUS_UNKNOWN,
        "notifications.email": FEATURE_STATUS_UNKNOWN,
        "tracking.realtime": FEATURE_STATUS_DEGRADED,
    }
    assert (await owner.jobs.ListJobs(LIST)).next_page_token == ""
    restarted = own_valkey.valkey.start()
    own_valkey.valkey.wait_until_ready(restarted)
    assert await becomes(anybody, HEALTH_STATUS_HEALTHY)
    features = await statuses_of_features(anybody)
    assert features["tracking.realtime"] == FEATURE_STATUS_HEALTHY


async def test_the_server_starts_while_postgres_is_down_and_serves_when_it_is_up(
    own_postgres: tuple[StoppablePostgres, Database], own_valkey: RunningValkey, tmp_path: Path
) -> None:
    postgres, database = own_postgres
    postgres.stop()
    async with running_api(database, own_valkey.valkey.url(), tmp_path) as api:
        anybody = api.caller_with("")
        assert await becomes(anybody, HEALTH_STATUS_OFFLINE)

        postgres.start()

        assert await becomes(anybody, HEALTH_STATUS_HEALTHY)
        owner = api.caller(Role.OWNER, organization_id=an_organization_id())
        assert (await owner.jobs.ListJobs(LIST)).next_page_token == ""
