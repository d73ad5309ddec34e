"""GetQueueMetrics over gRPC, and as JSON through the edge."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from adapters.clock import Uuid7Source
from adapters.postgres.pools import Pool, create_pool
from adapters.postgres.queue_keeping import PostgresQueueKeeping
from adapters.postgres.queue_recording import PostgresQueueRecording
from adapters.postgres.task_dispatch import insert_tasks
from adapters.postgres.transactions import tenant_transaction
from campotech.operations.v1.queue_metrics_pb2 import QueueMetrics
from campotech.operations.v1.queues_pb2 import GetQueueMetricsRequest, GetQueueMetricsResponse
from cli.edge.configuration import Edge
from cli.local_servers.children import Children
from cli.local_servers.envoy import LocalEnvoy
from cli.local_servers.ports import LOOPBACK, HeldPorts
from domain.commands import Role
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from domain.operations.task_type import Tier
from domain.transactions import NewTask
from tests.support.builders import a_context, an_organization_id
from tests.support.businesses import Business
from tests.support.clocks import new_id
from tests.support.given_statistics import counted
from tests.support.refusals import refused
from tests.support.rpc import Api, running_api
from tests.support.servers import DatabaseServer, RunningValkey
from tests.support.waiting import eventually_true

KIND = "whatsapp:send"
MESSAGE = "019b796d-d600-7000-8000-0000000000aa"
FOLDS_OF = 1_000


class Queues:
    """A platform of its own whose queues are used as servers, workers and keepers use them."""

    def __init__(self, api: Api, app: Pool, system: Pool) -> None:
        self.api = api
        self.system = system
        self._app = app

    async def dispatch(self, key: str = "") -> None:
        organization_id = an_organization_id()
        task = NewTask(
            type=KIND, payload={"message_id": MESSAGE}, idempotency_key=key or str(new_id())
        )
        async with tenant_transaction(self._app, organization_id) as connection:
            await insert_tasks(connection, a_context(organization_id), [task], Uuid7Source())

    async def fold(self) -> None:
        while await PostgresQueueKeeping(self.system).fold(FOLDS_OF):
            pass

    async def metrics(self, **request: str) -> GetQueueMetricsResponse:
        answer = await self.api.admin().queues.GetQueueMetrics(GetQueueMetricsRequest(**request))
        assert isinstance(answer, GetQueueMetricsResponse)
        return answer

    async def work(self, tasks: int, *, run_seconds: float) -> None:
        """Report what a worker would have; five places."""
        recording = PostgresQueueRecording(
            self.system, worker="test", tier=Tier.BACKGROUND, concurrency=5
        )
        await recording.record({KIND: counted(tasks, run_seconds=run_seconds)})


@pytest_asyncio.fixture(loop_scope="package")
async def queues(
    postgres_server: DatabaseServer, valkey_server: RunningValkey, tmp_path: Path
) -> AsyncIterator[Queues]:
    async with AsyncExitStack() as stack:
        database = stack.enter_context(postgres_server.migrated_database())
        api = await stack.enter_async_context(
            running_api(database, valkey_server.valkey.url(), tmp_path)
        )
        pools = [
            create_pool(url, name="test", max_size=4)
            for url in (database.app_url, database.system_url)
        ]
        for pool in pools:
            await pool.open()
            stack.push_async_callback(pool.close)
        yield Queues(api, *pools)


@pytest_asyncio.fixture(loop_scope="package")
async def http(queues: Queues, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Yield an admin's client of an edge before that server."""
    token = queues.api.issuer.token(
        Role.ADMIN, organization_id=PLATFORM_ORGANIZATION_ID, subject="admin"
    )
    with HeldPorts() as ports, Children(tmp_path / "logs") as children:
        envoy = LocalEnvoy(
            tmp_path,
            edge=Edge(
                address=LOOPBACK,
                port=ports.hold_any(),
                admin_port=ports.hold_any(),
                server_ports=(queues.api.port,),
                cors_origins=(),
            ),
            children=children,
        )
        envoy.prepare()
        envoy.wait_until_ready(envoy.start())
        async with httpx.AsyncClient(
            base_url=envoy.url, headers={"authorization": f"Bearer {token}"}, timeout=10
        ) as client:

            async def is_reached() -> bool:
                return (await client.get("/api/health")).is_success

            assert await eventually_true(is_reached)
            yield client


@pytest.mark.asyncio(loop_scope="package")
class TestGetQueueMetrics:
    async def test_the_rate_times_the_window_is_what_was_dispatched(self, queues: Queues) -> None:
        count = 400

        for _ in range(count // 20):
            await asyncio.gather(*(queues.dispatch() for _ in range(20)))
            await PostgresQueueKeeping(queues.system).fold(FOLDS_OF)
        await queues.fold()

        answer = await queues.metrics()
        metrics = answer.queues[KIND]
        began_at, ended_at = (
            moment.ToNanoseconds() / 1e9
            for moment in (answer.window_start_time, answer.window_end_time)
        )
        assert metrics.window.arrival_rate * (ended_at - began_at) == pytest.approx(count, rel=0.02)
        assert metrics.optimization.arrival_rate == metrics.window.arrival_rate
        assert metrics.window.dispatched_count == count

    async def test_an_overloaded_queue_is_critical_and_so_is_its_tier(self, queues: Queues) -> None:
        for _ in range(120):
            await queues.dispatch()
        await queues.work(120, run_seconds=60.0)
        await queues.fold()

        answer = await queues.metrics()

        for metrics in (answer.queues[KIND], answer.tiers["background"]):
            assert metrics.status == QueueMetrics.STATUS_CRITICAL
            assert metrics.optimization.current_concurrency == 5
            assert metrics.optimization.avg_service_time == pytest.approx(60)
            assert metrics.optimization.current_utilization > 0.9
            assert not metrics.optimization.HasField("expected_wait_time")
        assert answer.queues["invoice:generate"].status == QueueMetrics.STATUS_HEALTHY

    async def test_there_is_no_advice_before_a_hundred_tasks_have_finished(
        self, queues: Queues
    ) -> None:
        await queues.dispatch()
        await queues.work(1, run_seconds=1.0)
        await queues.fold()

        optimization = (await queues.metrics()).queues[KIND].optimization

        assert not optimization.is_enough
        assert optimization.recommended_concurrency == 0

    @pytest.mark.parametrize(
        ("request_", "reason"),
        [
            ({"since": "2020-01-01"}, "WINDOW_REFUSED"),
            ({"since": "2999-01-01"}, "WINDOW_REFUSED"),
            ({"until": "2026-02-30"}, "TIME_MALFORMED"),
        ],
    )
    async def test_a_window_that_is_not_kept_is_refused(
        self, queues: Queues, request_: dict[str, str], reason: str
    ) -> None:
        refusal = await refused(
            queues.api.admin().queues.GetQueueMetrics(GetQueueMetricsRequest(**request_))
        )

        assert refusal.reason == reason

    async def test_json_has_the_names_that_dashboards_read(
        self, queues: Queues, http: httpx.AsyncClient
    ) -> None:
        await queues.dispatch()
        await queues.fold()
        await PostgresQueueKeeping(queues.system).take_stock()

        body = (await http.get("/api/admin/queue-metrics")).json()

        queue = body["queues"][KIND]
        assert set(queue) == {
            "last_24h",
            "optimization",
            "status",
            "tiers",
            "window",
            "backlog",
        }
        assert set(queue["last_24h"]) == {
            "count",
            "avg_wait_time",
            "avg_process_time",
            "p95_wait_time",
            "p95_process_time",
        }
        assert set(queue["optimization"]) >= {
            "current_concurrency",
            "recommended_concurrency",
            "arrival_rate",
            "avg_service_time",
            "current_utilization",
        }
        assert {type(value) for value in queue["last_24h"].values()} <= {int, float}
        assert queue["optimization"]["arrival_rate"] > 0
        assert queue["backlog"]["oldest_waiting_age"] >= 0
        assert {"timestamp", "window_start_time", "window_end_time", "backlog_time"} <= set(body)
        assert set(body["tiers"]) == {"realtime", "background", "batch"}

    async def test_json_takes_a_window(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/api/admin/queue-metrics", params={"since": "1999-01-01"})

        assert answer.status_code == httpx.codes.BAD_REQUEST
        assert answer.json()["details"][0]["reason"] == "WINDOW_REFUSED"


@pytest.mark.asyncio(loop_scope="package")
async def test_a_business_does_not_see_the_queues_of_all(business: Business) -> None:
    refusal = await refused(business.owner.app.queues.GetQueueMetrics(GetQueueMetricsRequest()))

    assert refusal.code.name == "PERMISSION_DENIED"
