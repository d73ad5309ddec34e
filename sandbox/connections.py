"""Cutting a connection: the answer of a service that is down, or whose answer is lost."""

import socket
import struct
from asyncio import BaseTransport, Transport
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_TRANSPORT = "transport"
# Linger on, for no time: closing sends a reset, not an orderly end.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class CuttableHttpProtocol(H11Protocol):
    """Hands each request the connection that it came by, which ASGI itself does not."""

    def connection_made(  # type: ignore[override]  # as in the class above: it writes too
        self, transport: Transport
    ) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}


class ConnectionCut(Response):
    """No answer: the connection is reset."""

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,  # noqa: ARG002  # ASGI passes it; nothing is sent
    ) -> None:
        reset(Request(scope).state.transport)
        # Only when the server has seen the end does it stop expecting an answer from here.
        while (await receive())["type"] != "http.disconnect":
            pass


def reset(transport: BaseTransport | None) -> None:
    """Cut a connection so that the other side sees a reset."""
    if transport is None:
        return  # it has gone already
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    cast("Transport", transport).abort()
