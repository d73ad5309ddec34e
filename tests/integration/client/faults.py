"""How calls fail here, and the interceptor that makes them."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

GOOD_TOKEN = "token-of-today"  # noqa: S105  # of a server that exists for a moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one call fails; `after_work` loses the answer of what was carried out."""

    code: grpc.StatusCode
    reason: str = ""
    message: str = ""
    retry_after_seconds: float | None = None
    details: tuple[Message, ...] = ()
    after_work: bool = False

    async def abort(self, context: Any) -> NoReturn:
        status = status_pb2.Status(code=self.code.value[0], message=self.code.name)
        for detail in self._all_details():
            packed = AnyMessage()
            packed.Pack(detail)
            status.details.append(packed)
        trailers = (("grpc-status-details-bin", status.SerializeToString()),)
        await context.abort(self.code, self.message or f"It is {self.code.name}.", trailers)
        raise AssertionError

    def _all_details(self) -> list[Message]:
        found = list(self.details)
        if self.reason:
            found.append(error_details_pb2.ErrorInfo(reason=self.reason, domain="campotech.dev"))
        if self.retry_after_seconds is not None:
            delay = Duration()
            delay.FromMilliseconds(round(self.retry_after_seconds * 1000))
            found.append(error_details_pb2.RetryInfo(retry_delay=delay))
        return found


UNREACHABLE = Fault(code=grpc.StatusCode.UNAVAILABLE)
# As gRPC says it where more calls come than it takes: without details.
FULL = Fault(code=grpc.StatusCode.RESOURCE_EXHAUSTED, message="Concurrent RPC limit exceeded!")
ANSWER_LOST = Fault(code=grpc.StatusCode.UNAVAILABLE, after_work=True)
TOKEN_EXPIRED = Fault(code=grpc.StatusCode.UNAUTHENTICATED, reason="TOKEN_EXPIRED")


@dataclass(slots=True)
class Faults(grpc.aio.ServerInterceptor):
    """Refuses calls without the good token, fails others as planned, and counts all of them."""

    good_token: str = GOOD_TOKEN
    planned: deque[Fault] = field(default_factory=deque)
    methods_seen: list[str] = field(default_factory=list)
    requests_seen: list[Any] = field(default_factory=list)

    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler: Any = await continuation(handler_call_details)
        self.methods_seen.append(handler_call_details.method.rpartition("/")[2])
        codecs = (handler.request_deserializer, handler.response_serializer)
        if handler.stream_stream:
            return grpc.stream_stream_rpc_method_handler(
                self._stream(handler.stream_stream, hears=True), *codecs
            )
        if handler.unary_stream:
            return grpc.unary_stream_rpc_method_handler(self._stream(handler.unary_stream), *codecs)
        return grpc.unary_unary_rpc_method_handler(self._unary(handler.unary_unary), *codecs)

    def _unary(self, inner: Any) -> Any:
        async def serve(request: Any, context: Any) -> Any:
            self.requests_seen.append(request)
            await self._refuse_strangers(context)
            fault = self.planned.popleft() if self.planned else None
            if fault is None:
                return await inner(request, context)
            if fault.after_work:
                await inner(request, context)
            return await fault.abort(context)

        return serve

    def _stream(self, inner: Any, *, hears: bool = False) -> Any:
        async def serve(request: Any, context: Any) -> AsyncIterator[Any]:
            if hears and self._is_stranger(context):
                # Refused in the middle of its first word, a caller may be told that the word was
                # lost (INTERNAL) instead of why.
                await context.read()
            await self._refuse_strangers(context)
            if self.planned:
                await self.planned.popleft().abort(context)
            async for response in inner(request, context):
                yield response

        return serve

    async def _refuse_strangers(self, context: Any) -> None:
        if self._is_stranger(context):
            await TOKEN_EXPIRED.abort(context)

    def _is_stranger(self, context: Any) -> bool:
        metadata = dict(context.invocation_metadata())
        return metadata.get("authorization") != f"Bearer {self.good_token}"
