"""Waiting until the platform says of itself, through its own edge, that all of it works."""

import asyncio
import time

import httpx

from cli.local_servers.errors import StartError

PATH = "/api/health"
HEALTHY = "HEALTH_STATUS_HEALTHY"
POLL_SECONDS = 0.1


async def wait_until_healthy(edge_url: str, *, timeout_seconds: float) -> None:
    """Return once the edge answers that all is healthy; raise StartError with what it says."""
    deadline = time.monotonic() + timeout_seconds
    said = "nothing"
    async with httpx.AsyncClient(base_url=edge_url, timeout=5) as client:
        while time.monotonic() < deadline:
            try:
                answer = await client.get(PATH)
            except httpx.TransportError as error:
                said = repr(error)
            else:
                said = answer.text
                if answer.is_success and _status(answer) == HEALTHY:
                    return
            await asyncio.sleep(POLL_SECONDS)
    raise StartError(
        f"{edge_url}{PATH} is not healthy after {timeout_seconds:.0f} s. It says: {said.strip()}"
    )


def _status(answer: httpx.Response) -> object:
    return answer.json().get("health", {}).get("status")
