"""How well the platform works."""

from campotech.health.v1 import health_pb2, health_pb2_grpc
from campotech.health.v1.system_health_pb2 import SystemHealth
from campotech_client.connection import Connection


class HealthClient:
    """Reads how well the platform works; needs no token."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = health_pb2_grpc.HealthServiceStub(connection.channel)

    async def get(self, *, timeout_seconds: float | None = None) -> SystemHealth:
        """Return the health of the whole and of each part, as last looked at."""
        response = await self._connection.call(
            self._stub.GetSystemHealth,
            health_pb2.GetSystemHealthRequest(),
            timeout_seconds=timeout_seconds,
        )
        return response.health
