"""Calls of any method of the contract, by its descriptor, all in the same way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class AnyMethod:
    """One method, with the generated classes of its messages."""

    full_name: str

    @property
    def path(self) -> str:
        service, _, name = self.full_name.rpartition(".")
        return f"/{service}/{name}"

    @property
    def _descriptor(self) -> MethodDescriptor:
        return Default().FindMethodByName(self.full_name)

    @property
    def input_type(self) -> Descriptor:
        return self._descriptor.input_type

    @property
    def reads_stream(self) -> bool:
        return bool(self._descriptor.client_streaming)

    @property
    def writes_stream(self) -> bool:
        return bool(self._descriptor.server_streaming)

    def request(self, **values: Any) -> Message:
        return GetMessageClass(self._descriptor.input_type)(**values)

    def parsed(self, content: bytes) -> Message:
        """Return a request from its bytes; raise DecodeError where they are none."""
        return _message(GetMessageClass(self._descriptor.input_type).FromString(content))

    def answer(self, content: bytes) -> Message:
        """Return an answer from its bytes."""
        return _message(GetMessageClass(self._descriptor.output_type).FromString(content))

    async def first_answer(self, channel: grpc.aio.Channel, request: Message) -> Message:
        """Send one request and return the answer, of a stream the first one."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            if not self._descriptor.server_streaming:
                return _message(await self._callable(channel)(request))
            sent = _once(request) if self._descriptor.client_streaming else request
            call = self._callable(channel)(sent)
            try:
                return _message(await call.read())
            finally:
                call.cancel()

    def _callable(self, channel: grpc.aio.Channel) -> Any:
        kind = {
            (False, False): channel.unary_unary,
            (False, True): channel.unary_stream,
            (True, True): channel.stream_stream,
        }[self._descriptor.client_streaming, self._descriptor.server_streaming]
        return kind(
            self.path,
            GetMessageClass(self._descriptor.input_type).SerializeToString,
            GetMessageClass(self._descriptor.output_type).FromString,
        )


def _message(answer: object) -> Message:
    assert isinstance(answer, Message)
    return answer


async def _once(request: Message) -> AsyncIterator[Message]:
    yield request
