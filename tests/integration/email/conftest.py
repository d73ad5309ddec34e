"""A sandbox as new for each test, and our way to its relay."""

from collections.abc import Iterator

import pytest

from sandbox.settings import SandboxSettings
from tests.integration.sandbox.running import RunningSandbox, running_sandbox


@pytest.fixture(scope="module")
def module_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(SandboxSettings()) as running:
        yield running


@pytest.fixture
def sandbox(module_sandbox: RunningSandbox) -> RunningSandbox:
    module_sandbox.reset()
    return module_sandbox
