"""The routes of `web` as one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.blobs.local_folder import LocalFolder
from adapters.blobs.signed_links import SignedLinks
from web.abandoned_uploads import forgetting_abandoned
from web.downloads import Downloads
from web.observation import Observation
from web.refusals import RefusedError, answer_http_error, answer_refusal
from web.uploads import Uploads

BLOBS = "/blobs/{key:path}"


def build_app(folder: LocalFolder, links: SignedLinks) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with forgetting_abandoned(folder):
            yield

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route(BLOBS, Downloads(folder, links).get, methods=["GET"]),
            Route(BLOBS, Uploads(folder, links).put, methods=["PUT"]),
            Route("/healthz", _tell_health, methods=["GET"]),
        ],
        middleware=[Middleware(Observation)],
        exception_handlers={RefusedError: answer_refusal, HTTPException: answer_http_error},
    )


async def _tell_health(_request: Request) -> Response:
    """Say that the process answers; whoever balances the load asks."""
    return PlainTextResponse("ok\n")
