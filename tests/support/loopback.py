"""A server of the real frame on a loopback port, with services that a test brings."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from prometheus_client import CollectorRegistry

from adapters.clock import Uuid7Source
from campotech.jobs.v1 import jobs_pb2
from server.api_keys import ApiKeyVerifier
from server.api_server import ApiServer, Service
from server.bootstrap import build_server
from server.settings import ServerSettings
from server.signing_keys import SigningKeys
from server.tokens import TokenVerifier
from tests.support.in_memory_api_keys import InMemoryPresentedKeys
from tests.support.in_memory_counts import InMemoryCounts
from tests.support.token_issuer import TokenIssuer

Behavior = Callable[[Any, Any], Any]

JOB_SERVICE = jobs_pb2.DESCRIPTOR.services_by_name["JobService"]


@dataclass(frozen=True, slots=True)
class Loopback:
    """A server and a channel to it."""

    server: ApiServer
    channel: grpc.aio.Channel
    registry: CollectorRegistry


@asynccontextmanager
async def loopback(
    services: list[Service], issuer: TokenIssuer, **particular: Any
) -> AsyncIterator[Loopback]:
    """Yield a running server; settings may be particular, and so may both ports and `traces`."""
    traces = particular.pop("traces", None)
    shared_counts = particular.pop("shared_counts", None) or InMemoryCounts()
    presented_keys = particular.pop("presented_keys", None) or InMemoryPresentedKeys()
    settings = ServerSettings(
        jwks_url=issuer.jwks_url, **{"drain_seconds": 0.0, "stop_grace_seconds": 2.0, **particular}
    )
    registry = CollectorRegistry()
    server = build_server(
        services,
        settings,
        tokens=TokenVerifier(SigningKeys(settings.jwks_url), issuer=None, audience=None),
        api_keys=ApiKeyVerifier(presented_keys),
        ids=Uuid7Source(),
        shared_counts=shared_counts,
        registry=registry,
        traces=traces,
    )
    port = server.listen("127.0.0.1", 0)
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Loopback(server, channel, registry)
    finally:
        await server.stop()


def raw_method(running: Loopback, path: str) -> "grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]":
    """Return a method that takes and gives bytes, whatever they mean."""
    return running.channel.unary_unary(path)


def job_service(behaviors: Mapping[str, Behavior]) -> Service:
    """Return a JobService that has only these methods, which do what the test says."""

    def add_to(server: grpc.aio.Server) -> None:
        handlers = {name: _handler(name, behavior) for name, behavior in behaviors.items()}
        server.add_registered_method_handlers(JOB_SERVICE.full_name, handlers)

    return Service(JOB_SERVICE.full_name, add_to)


def _handler(name: str, behavior: Behavior) -> "grpc.RpcMethodHandler[Any, Any]":
    method = JOB_SERVICE.methods_by_name[name]
    make = (
        grpc.unary_stream_rpc_method_handler
        if method.server_streaming
        else grpc.unary_unary_rpc_method_handler
    )
    return make(
        behavior,
        getattr(jobs_pb2, method.input_type.name).FromString,
        getattr(jobs_pb2, method.output_type.name).SerializeToString,
    )
