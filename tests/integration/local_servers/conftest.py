"""What every test of an edge needs beside the edge, which each module starts as it wants it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.local_servers.running_edge import RunningEdge


@pytest.fixture
async def http(edge: RunningEdge) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the module's edge."""
    async with httpx.AsyncClient(base_url=edge.envoy.url, timeout=10) as client:
        yield client
