"""One service of ARCA over HTTP: pooled connections, bounded answers."""

import ssl
from functools import cache

import httpx

from adapters.afip.soap import Element, NotSoapError, envelope, open_envelope
from domain.errors import TemporaryError, UnknownOutcomeError

MAX_ANSWER_BYTES = 4 * 1024 * 1024
# Guarded calls end everything else: these tell a request that never left from one that may have.
_TIMEOUT = httpx.Timeout(None, connect=10.0, pool=5.0)
_LEGACY_TLS_HOSTS = frozenset({"servicios1.afip.gov.ar"})
"""Still offers a 1024-bit Diffie-Hellman group, which OpenSSL 3 refuses at its default level."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class NotSentError(TemporaryError):
    """No connection: the request never left."""

    reason = "ARCA_UNREACHABLE"


class AnswerLostError(UnknownOutcomeError):
    """The request left, and nothing usable came back: what became of it is unknown."""

    reason = "ARCA_ANSWER_LOST"

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Channel:
    """Calls one service, for as long as the caller waits; closed by whoever opened it."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._http = httpx.AsyncClient(
            verify=_tls_context(httpx.URL(url)),
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=5),
            transport=transport,
            trust_env=False,
        )

    async def call(self, content: Element, *, action: str) -> Element:
        """Send a request and return the answer's element.

        Raises NotSentError, AnswerLostError, and SoapFaultError when the service answers by one.
        """
        try:
            status, body, retry_after = await self._post(envelope(content), action)
        except _NOT_SENT as error:
            raise NotSentError("ARCA cannot be reached.", url=self._url) from error
        except httpx.HTTPError as error:
            raise AnswerLostError(f"{action}: {type(error).__name__}") from error
        try:
            answer = open_envelope(body)
        except NotSoapError as error:
            raise AnswerLostError(
                f"{action}: HTTP {status} without an answer.", retry_after_seconds=retry_after
            ) from error
        if status != httpx.codes.OK:
            raise AnswerLostError(f"{action}: HTTP {status}.", retry_after_seconds=retry_after)
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _post(self, body: bytes, action: str) -> tuple[int, bytes, float | None]:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
        async with self._http.stream("POST", self._url, content=body, headers=headers) as response:
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > MAX_ANSWER_BYTES:
                    raise AnswerLostError(f"{action}: the answer is too long.")
            return response.status_code, bytes(received), _retry_after(response)


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _tls_context(url: httpx.URL) -> ssl.SSLContext:
    if url.scheme == "https":
        return verifying_context(has_legacy_tls=url.host in _LEGACY_TLS_HOSTS)
    # Trusts nobody: reading the machine's certificates takes a while and would be for nothing.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@cache
def verifying_context(*, has_legacy_tls: bool) -> ssl.SSLContext:
    """Return how we speak to a host: certificates are verified, ciphers as strong as it can."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if has_legacy_tls:
        context.set_ciphers("DEFAULT@SECLEVEL=1")
    return context
