"""A faulty server on a free port, and the SDK connected to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc
import pytest

from campotech.health.v1 import health_pb2_grpc
from campotech.jobs.v1 import jobs_pb2_grpc
from campotech.tracking.v1 import locations_pb2_grpc
from campotech_client import CampoTech, RetryPolicy
from tests.integration.client.faults import GOOD_TOKEN, Faults
from tests.integration.client.in_memory_health import InMemoryHealth
from tests.integration.client.in_memory_jobs import InMemoryJobs
from tests.integration.client.in_memory_tracking import InMemoryTracking

SOON = RetryPolicy(first_pause_seconds=0.001, longest_pause_seconds=0.02)


@dataclass(slots=True)
class FaultyServer:
    address: str
    faults: Faults
    health: InMemoryHealth
    jobs: InMemoryJobs
    tracking: InMemoryTracking


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    faults = Faults()
    health = InMemoryHealth()  # type: ignore[abstract]  # it leaves the other method out
    jobs = InMemoryJobs()  # type: ignore[abstract]  # it leaves the other methods out
    tracking = InMemoryTracking()  # type: ignore[abstract]  # likewise
    running = grpc.aio.server(interceptors=[faults])
    health_pb2_grpc.add_HealthServiceServicer_to_server(health, running)
    jobs_pb2_grpc.add_JobServiceServicer_to_server(jobs, running)
    locations_pb2_grpc.add_TrackingServiceServicer_to_server(tracking, running)
    port = running.add_insecure_port("127.0.0.1:0")
    await running.start()
    yield FaultyServer(f"127.0.0.1:{port}", faults, health, jobs, tracking)
    await running.stop(0)


@pytest.fixture
async def client(server: FaultyServer) -> AsyncIterator[CampoTech]:
    async with CampoTech(server.address, token=GOOD_TOKEN, retries=SOON) as client:
        yield client
