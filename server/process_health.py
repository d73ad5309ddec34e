"""The standard health of this process, with the one method that grpcio leaves out."""

from collections.abc import Sequence
from typing import Any

from grpc_health.v1 import health, health_pb2

from server.calls import ServicerContext


class ProcessHealth(health.aio.HealthServicer):  # type: ignore[misc]  # grpcio-health has no types
    """How ready the process is, as a whole and service by service."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = names

    async def List(self, request: Any, context: ServicerContext) -> Any:  # noqa: N802  # gRPC's name
        """Tell the state of every service."""
        del request
        statuses = {
            name: await self.Check(health_pb2.HealthCheckRequest(service=name), context)
            for name in self._names
        }
        return health_pb2.HealthListResponse(statuses=statuses)
