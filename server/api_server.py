"""One gRPC server of this process: where it listens, when it is ready, how it goes away."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import grpc
from grpc_channelz.v1 import channelz, channelz_pb2_grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from server.interceptors.chain import InterceptorChain
from server.method_table import MethodTable
from server.open_streams import OpenStreams
from server.process_health import ProcessHealth
from server.settings import LONGEST_QUIET_WAIT_SECONDS, ServerSettings

WHOLE_SERVER = ""
"""What `grpc.health.v1` calls the process, as opposed to one of its services."""
QUIET_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the contract by its full name, and how it is added to a server."""

    name: str
    add_to: Callable[[grpc.aio.Server], None]


class ApiServer:
    """Serves some services to whoever connects.

    Its standard health follows this process alone, never the database or any provider: an outage
    outside must not take our servers out.
    """

    def __init__(
        self, services: Sequence[Service], chain: InterceptorChain, settings: ServerSettings
    ) -> None:
        self._settings = settings
        self._chain = chain
        self._grpc = grpc.aio.server(
            options=_options(settings),
            # The limit with a reason is LimitsInterceptor's. This one refuses without a word what
            # has piled up before it.
            maximum_concurrent_rpcs=settings.max_concurrent_calls + settings.max_pending_calls,
        )
        names = [service.name for service in services]
        self._names = [WHOLE_SERVER, *names]
        self._health = ProcessHealth(self._names)
        methods = MethodTable(chain.wrap)
        # To generated code the table is the server.
        as_server = cast("grpc.aio.Server", methods)
        for service in services:
            service.add_to(as_server)
        self._add_standard_services(as_server, names)
        self._grpc.add_generic_rpc_handlers([methods])

    def listen(self, host: str, port: int) -> int:
        """Listen on a port, 0 meaning any; return the port. OSError if it cannot be had."""
        try:
            return self._grpc.add_insecure_port(f"{host}:{port}")
        except RuntimeError as error:
            message = f"gRPC cannot listen on {host}:{port}: {error}"
            raise OSError(message) from error

    async def start(self) -> None:
        """Serve, and say so."""
        await self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        await self._grpc.start()
        await self._set_health(health_pb2.HealthCheckResponse.SERVING)

    async def drain(self) -> None:
        """Go away without failing a call: out of the rotation, streams elsewhere, then the end."""
        await self._health.enter_graceful_shutdown()
        await asyncio.sleep(self._settings.drain_seconds)
        await self._until_quiet()
        self._chain.drain_streams()
        await self._grpc.stop(self._settings.stop_grace_seconds)

    @property
    def streams(self) -> OpenStreams:
        """The streams that are open now, to end those whose callers may not have them any more."""
        return self._chain.streams

    async def _until_quiet(self) -> None:
        """Wait until no more calls come in: what waits in gRPC's queue is lost when it stops.

        A server with much to do is late at telling Envoy that it goes. Direct callers may never
        stop calling, so this has an end.
        """
        for _ in range(round(LONGEST_QUIET_WAIT_SECONDS / QUIET_SECONDS)):
            before = self._chain.calls_begun
            await asyncio.sleep(QUIET_SECONDS)
            if self._chain.calls_begun == before:
                return

    async def stop(self) -> None:
        """Stop at once."""
        await self._grpc.stop(None)

    async def _set_health(self, status: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        for name in self._names:
            await self._health.set(name, status)

    def _add_standard_services(self, server: grpc.aio.Server, names: list[str]) -> None:
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        channelz_pb2_grpc.add_ChannelzServicer_to_server(channelz.aio.ChannelzServicer(), server)
        if self._settings.reflection:
            listed = [*names, health.SERVICE_NAME, reflection.SERVICE_NAME]
            reflection_pb2_grpc.add_ServerReflectionServicer_to_server(
                reflection.aio.ReflectionServicer(listed), server
            )


def _options(settings: ServerSettings) -> list[tuple[str, int]]:
    # Larger messages than ours are refused here without a word, those in between with a reason.
    hard_limit = 2 * settings.max_message_bytes
    age_ms = round(settings.max_connection_age_seconds * 1000)
    keepalive_ms = round(settings.keepalive_seconds * 1000)
    return [
        ("grpc.so_reuseport", 1),
        ("grpc.max_receive_message_length", hard_limit),
        ("grpc.max_send_message_length", hard_limit),
        ("grpc.max_concurrent_streams", settings.max_concurrent_streams),
        # When a server went away its streams come back to another one all at once. By itself gRPC
        # refuses some beyond a thousand and all beyond three, without a word.
        ("grpc.server.max_pending_requests", settings.max_pending_calls),
        ("grpc.server.max_pending_requests_hard_limit", 2 * settings.max_pending_calls),
        # Connections move on to new servers in time; open streams get as long again to end.
        ("grpc.max_connection_age_ms", age_ms),
        ("grpc.max_connection_age_grace_ms", age_ms),
        ("grpc.keepalive_time_ms", keepalive_ms),
        ("grpc.keepalive_timeout_ms", 20_000),
        # Phones ping through networks that drop quiet connections; let them.
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.http2.max_ping_strikes", 0),
    ]
