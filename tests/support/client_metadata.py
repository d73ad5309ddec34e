"""Metadata that goes with every call of a channel, as a real client sends its token."""

from collections.abc import Callable, Sequence
from typing import Any

import grpc

Pairs = Sequence[tuple[str, str]]
Continue = Callable[[grpc.aio.ClientCallDetails, Any], Any]


class _AddedMetadata:
    """Adds pairs to the metadata of a call; gRPC wants one class per kind of call."""

    def __init__(self, added: Pairs) -> None:
        self._added = added

    async def _go_on(self, go_on: Continue, details: grpc.aio.ClientCallDetails, sent: Any) -> Any:
        metadata = grpc.aio.Metadata(*(details.metadata or ()), *self._added)
        with_metadata = grpc.aio.ClientCallDetails(
            details.method, details.timeout, metadata, details.credentials, details.wait_for_ready
        )
        return await go_on(with_metadata, sent)


class _UnaryUnary(_AddedMetadata, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(self, go_on: Any, details: Any, request: Any) -> Any:
        return await self._go_on(go_on, details, request)


class _UnaryStream(_AddedMetadata, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(self, go_on: Any, details: Any, request: Any) -> Any:
        return await self._go_on(go_on, details, request)


class _StreamStream(_AddedMetadata, grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(self, go_on: Any, details: Any, requests: Any) -> Any:
        return await self._go_on(go_on, details, requests)


def adding_metadata(added: Pairs) -> list[grpc.aio.ClientInterceptor]:
    """Return interceptors for a channel; there is no method that streams requests alone."""
    return [_UnaryUnary(added), _UnaryStream(added), _StreamStream(added)]
