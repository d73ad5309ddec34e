"""One exchange with the Graph API, which ends after as much of an answer as it ever sends."""

import httpx

from adapters.whatsapp.answers import GraphAnswer
from domain.connections.whatsapp_connection import AccessToken
from domain.errors import TemporaryError, UnknownOutcomeError

MAX_ANSWER_BYTES = 256 * 1024


class GraphChannel:
    """Tells what surely never arrived from what may have."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(self, path: str, body: dict[str, object], *, token: AccessToken) -> GraphAnswer:
        """Return what was answered; raise TemporaryError, UnknownOutcomeError."""
        return await self._exchange("POST", path, body=body, token=token)

    async def get(self, path: str, *, token: AccessToken) -> GraphAnswer:
        """Return what was answered; raise TemporaryError, UnknownOutcomeError."""
        return await self._exchange("GET", path, body=None, token=token)

    async def _exchange(
        self, method: str, path: str, *, body: dict[str, object] | None, token: AccessToken
    ) -> GraphAnswer:
        headers = {"Authorization": f"Bearer {token.text}"}
        try:
            async with self._client.stream(method, path, json=body, headers=headers) as response:
                return GraphAnswer.of(response, await _content_of(response))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TemporaryError("WhatsApp cannot be reached.") from error
        except httpx.RequestError as error:
            raise UnknownOutcomeError("WhatsApp's answer was lost.") from error


async def _content_of(response: httpx.Response) -> bytes:
    received = bytearray()
    async for chunk in response.aiter_bytes():
        received += chunk
        if len(received) > MAX_ANSWER_BYTES:
            raise UnknownOutcomeError("WhatsApp's answer is too long.")
    return bytes(received)
