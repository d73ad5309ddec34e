"""The sandbox as one ASGI application, with the SMTP relay at its side."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from sandbox.calls import Service
from sandbox.control import Control, say_what_is_wrong
from sandbox.gate import Gate
from sandbox.world import Sandbox

WSAA_PATH = "/ws/services/LoginCms"
WSFE_PATH = "/wsfev1/service.asmx"
GRAPH_PATH = "/v{major:int}.{minor:int}/{object_id}"


def build_app(sandbox: Sandbox, smtp_listener: socket.socket) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        smtp = await sandbox.smtp.serve(smtp_listener)
        async with sandbox.whatsapp.webhooks.running():
            yield
        smtp.close()
        sandbox.close()

    def route(path: str, service: Service, methods: list[str]) -> Route:
        gate = Gate(service, sandbox.faults, sandbox.received, clock=sandbox.clock)
        return Route(path, gate.handle, methods=methods)

    return Starlette(
        routes=[
            route(WSAA_PATH, sandbox.wsaa, ["POST"]),
            route(WSFE_PATH, sandbox.wsfe, ["POST"]),
            route(f"{GRAPH_PATH}/messages", sandbox.whatsapp, ["POST"]),
            route(f"{GRAPH_PATH}/message_templates", sandbox.whatsapp, ["GET", "POST", "DELETE"]),
            route(GRAPH_PATH, sandbox.whatsapp, ["GET"]),
            *Control(sandbox).routes(),
        ],
        exception_handlers={HTTPException: say_what_is_wrong},
        lifespan=lifespan,
    )
