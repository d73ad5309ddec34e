"""Workers that start when a test says so, and the agency whose faults a test switches on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.settings import SandboxSettings
from tests.integration.sandbox.running import RunningSandbox, running_sandbox
from tests.integration.workers.arca_offices import ArcaOffices
from tests.support.servers import Database
from tests.support.task_platform import QUICK, TaskPlatform, task_platform


@pytest.fixture
def platform(database: Database, valkey_url: str, tmp_path: Path) -> Iterator[TaskPlatform]:
    with task_platform(database, valkey_url, tmp_path) as started:
        started.use(QUICK)
        yield started


@pytest.fixture(scope="module")
def module_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(SandboxSettings()) as running:
        yield running


@pytest.fixture
def offices(
    platform: TaskPlatform, module_sandbox: RunningSandbox, tmp_path: Path
) -> Iterator[ArcaOffices]:
    """Yield businesses whose invoices wait, and workers that are to be started."""
    module_sandbox.reset()
    yield ArcaOffices(platform, module_sandbox, tmp_path)
    module_sandbox.reset()
