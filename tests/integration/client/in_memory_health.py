"""Health in memory: told to whoever watches, change by change and sign of life by sign of life."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from campotech.health.v1 import health_pb2, health_pb2_grpc
from campotech.health.v1.system_health_pb2 import SystemHealth


class InMemoryHealth(health_pb2_grpc.HealthServiceServicer):
    """Tells a watcher what the test says; None cuts the stream off."""

    def __init__(self) -> None:
        self.words: asyncio.Queue[SystemHealth | None] = asyncio.Queue()

    async def WatchSystemHealth(  # noqa: N802  # the contract's name
        self, request: health_pb2.WatchSystemHealthRequest, context: Any
    ) -> AsyncIterator[health_pb2.WatchSystemHealthResponse]:
        while (word := await self.words.get()) is not None:
            yield health_pb2.WatchSystemHealthResponse(health=word)
