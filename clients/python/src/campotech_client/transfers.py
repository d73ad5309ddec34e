"""Sends and fetches bytes by signed links, past the API: no token, but the same habits."""

import asyncio
import json
from collections.abc import Mapping

import grpc
import httpx

from campotech_client.errors import CampoTechError, ErrorDetails
from campotech_client.retries import RetryPolicy, may_succeed_later
from campotech_client.statuses import KINDS, connection_lost, deadline_exceeded

DEFAULT_TRANSFER_SECONDS = 120.0

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_FIRST_FAULT = 500
_BY_HTTP_STATUS = {
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    408: grpc.StatusCode.UNAVAILABLE,
    429: grpc.StatusCode.UNAVAILABLE,
}


async def transfer(
    method: str,
    url: str,
    *,
    retries: RetryPolicy,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    timeout_seconds: float | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> bytes:
    """Return what the link answers; repeat what may succeed later, within the time."""
    try:
        async with (
            asyncio.timeout(timeout_seconds or DEFAULT_TRANSFER_SECONDS),
            httpx.AsyncClient(timeout=None, transport=transport) as client,  # noqa: S113  # the line above is it
        ):
            return await _insist(
                client.build_request(method, url, headers=headers, content=content), client, retries
            )
    except TimeoutError as error:
        raise deadline_exceeded() from error


async def _insist(request: httpx.Request, client: httpx.AsyncClient, retries: RetryPolicy) -> bytes:
    failures = 0
    while True:
        try:
            return await _attempt(request, client)
        except CampoTechError as error:
            failures += 1
            if failures >= retries.max_attempts or not may_succeed_later(error):
                raise
            await asyncio.sleep(retries.pause_seconds(failures))


async def _attempt(request: httpx.Request, client: httpx.AsyncClient) -> bytes:
    try:
        answer = await client.send(request)
    except httpx.TransportError as error:
        raise connection_lost(str(error)) from error
    if answer.is_success:
        return answer.content
    raise _error_of(answer)


def _error_of(answer: httpx.Response) -> CampoTechError:
    """Return what is said in our form, or what the status alone says."""
    code = _BY_HTTP_STATUS.get(answer.status_code, grpc.StatusCode.INVALID_ARGUMENT)
    message, reason = answer.reason_phrase, ""
    try:
        said = answer.json()
        code = _CODES.get(said["code"], code)
        message, reason = said["message"], said["details"][0]["reason"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, IndexError, TypeError):
        # Another store, or a proxy: its own words are not for programs.
        pass
    if answer.status_code >= _FIRST_FAULT:
        # Whoever was at fault: to send the same content to the same place again is harmless.
        code = grpc.StatusCode.UNAVAILABLE
    return KINDS.get(code, CampoTechError)(message, ErrorDetails(code=code, reason=reason))
