"""HealthService: prints what was last seen; it asks nobody and always answers at once."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from campotech.health.v1 import health_pb2, health_pb2_grpc, system_health_pb2
from domain.health.ports import HealthView
from domain.health.status import Status
from domain.health.system_health import FeatureHealth, SystemHealth
from domain.health.use_cases.get_system_health import get_system_health
from domain.health.use_cases.watch_system_health import watch_system_health
from server.calls import ServicerContext
from server.timestamps import timestamp_to_proto

STATUSES = {
    status: system_health_pb2.HealthStatus.Value(f"HEALTH_STATUS_{status}") for status in Status
}
FEATURE_STATUSES = {
    status: system_health_pb2.FeatureStatus.Value(f"FEATURE_STATUS_{status}") for status in Status
}

# The edge answers JSON callers with this HTTP status and the same body.
OFFLINE_METADATA = (("x-http-status", "503"),)


class HealthService(health_pb2_grpc.HealthServiceServicer):
    """How well everything works, for anybody."""

    def __init__(self, view: HealthView, *, version: str, heartbeat_seconds: float) -> None:
        self._view = view
        self._version = version
        self._heartbeat_seconds = heartbeat_seconds

    async def GetSystemHealth(
        self, request: health_pb2.GetSystemHealthRequest, context: ServicerContext
    ) -> health_pb2.GetSystemHealthResponse:
        health = get_system_health(self._view)
        if health.overall.status is Status.OFFLINE:
            await context.send_initial_metadata(OFFLINE_METADATA)
        return health_pb2.GetSystemHealthResponse(health=_health_to_proto(health, self._version))

    async def WatchSystemHealth(
        self, request: health_pb2.WatchSystemHealthRequest, context: ServicerContext
    ) -> AsyncIterator[health_pb2.WatchSystemHealthResponse]:
        news = watch_system_health(self._view, heartbeat_seconds=self._heartbeat_seconds)
        async with aclosing(news):
            async for health in news:
                yield health_pb2.WatchSystemHealthResponse(
                    health=_health_to_proto(health, self._version)
                )


def _health_to_proto(health: SystemHealth, version: str) -> system_health_pb2.SystemHealth:
    return system_health_pb2.SystemHealth(
        status=STATUSES[health.overall.status],
        since=timestamp_to_proto(health.overall.since),
        components=[
            system_health_pb2.SystemHealth.Component(
                id=component, status=STATUSES[state.status], since=timestamp_to_proto(state.since)
            )
            for component, state in health.components.items()
        ],
        features=map(_feature_to_proto, health.features),
        check_time=timestamp_to_proto(health.checked_at),
        version=version,
    )


def _feature_to_proto(known: FeatureHealth) -> system_health_pb2.SystemHealth.Feature:
    feature, state = known.feature, known.state
    return system_health_pb2.SystemHealth.Feature(
        id=feature.id,
        display_name=feature.display_name,
        status=FEATURE_STATUSES[state.status],
        message=feature.messages[state.status],
        since=timestamp_to_proto(state.since),
        is_critical=feature.is_critical,
    )
