"""How well the platform works."""

from collections.abc import Iterable

from campotech.health.v1 import health_pb2, health_pb2_grpc
from campotech.health.v1.system_health_pb2 import SystemHealth
from campotech_client.connection import Connection
from campotech_client.watches import Watch


class HealthWatch(
    Watch[health_pb2.WatchSystemHealthRequest, health_pb2.WatchSystemHealthResponse, SystemHealth]
):
    """How well the platform works: first as it is now, then every change.

    `health` is the newest that the server told, signs of life included; None before the first.
    """

    def __init__(
        self,
        connection: Connection,
        stub: health_pb2_grpc.HealthServiceStub,
        *,
        patience_seconds: float | None,
    ) -> None:
        super().__init__(connection, stub.WatchSystemHealth, patience_seconds=patience_seconds)
        self.health: SystemHealth | None = None

    def _request(self) -> health_pb2.WatchSystemHealthRequest:
        return health_pb2.WatchSystemHealthRequest()

    def _items_of(self, response: health_pb2.WatchSystemHealthResponse) -> Iterable[SystemHealth]:
        known, self.health = self.health, response.health
        if known is not None and _told_by(known) == _told_by(response.health):
            return ()
        return (response.health,)


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

    def watch(self, *, patience_seconds: float | None = None) -> HealthWatch:
        """Tell how well the platform works, now and whenever that changes.

        The watch reconnects by itself for ever, or for `patience_seconds`.
        """
        return HealthWatch(self._connection, self._stub, patience_seconds=patience_seconds)


def _told_by(health: SystemHealth) -> SystemHealth:
    """Return what it says, whenever it was looked at and by whichever release."""
    told = SystemHealth()
    told.CopyFrom(health)
    told.ClearField("check_time")
    told.ClearField("version")
    return told
