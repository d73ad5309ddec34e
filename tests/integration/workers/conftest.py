"""A platform of workers for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Database
from tests.support.task_platform import QUICK, TaskPlatform, task_platform


@pytest.fixture
def platform(database: Database, valkey_url: str, tmp_path: Path) -> Iterator[TaskPlatform]:
    """Workers and keepers with short leases, started by the test."""
    with task_platform(database, valkey_url, tmp_path) as started:
        started.use(QUICK)
        yield started


@pytest.fixture
def real_platform(database: Database, valkey_url: str, tmp_path: Path) -> Iterator[TaskPlatform]:
    """Workers and keepers with the settings that production has."""
    with task_platform(database, valkey_url, tmp_path) as started:
        yield started
