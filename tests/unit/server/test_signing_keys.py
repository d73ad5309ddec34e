import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server.signing_keys import SigningKeys, SigningKeysUnavailableError
from tests.support.token_issuer import TokenIssuer, an_rsa_key


class KeyPage:
    """An address that answers with a JWKS document, and counts how often it was asked."""

    def __init__(self, document: bytes) -> None:
        self.document = document
        self.status = "200 OK"
        self.asked = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/keys"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        head = f"HTTP/1.1 {self.status}\r\nContent-Length: {len(self.document)}\r\n"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + self.document)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def key_page(document: bytes) -> AsyncIterator[KeyPage]:
    page = KeyPage(document)
    server = await asyncio.start_server(page.answer, "127.0.0.1", 0)
    page.port = server.sockets[0].getsockname()[1]
    async with server:
        yield page


def document_of(issuer: TokenIssuer) -> bytes:
    return Path(urlsplit(issuer.jwks_url).path).read_bytes()


async def test_keys_come_from_an_address(issuer: TokenIssuer) -> None:
    async with key_page(document_of(issuer)) as page:
        key = await SigningKeys(page.url).key(issuer.key_id)

    assert key is not None
    assert key.algorithm_name == "ES256"


async def test_a_key_that_is_known_is_not_asked_for_again(issuer: TokenIssuer) -> None:
    async with key_page(document_of(issuer)) as page:
        keys = SigningKeys(page.url, least_seconds_between_fetches=0)
        await keys.key(issuer.key_id)

        await keys.key(issuer.key_id)

    assert page.asked == 1


async def test_strangers_cannot_make_the_server_ask_again_and_again(issuer: TokenIssuer) -> None:
    async with key_page(document_of(issuer)) as page:
        keys = SigningKeys(page.url)

        found = [await keys.key(f"unknown-{number}") for number in range(20)]

    assert found == [None] * 20
    assert page.asked == 1


async def test_many_calls_at_once_ask_once(issuer: TokenIssuer) -> None:
    async with key_page(document_of(issuer)) as page:
        keys = SigningKeys(page.url)

        found = await asyncio.gather(*(keys.key(issuer.key_id) for _ in range(10)))

    assert None not in found
    assert page.asked == 1


async def test_the_last_keys_stay_good_while_the_address_fails(issuer: TokenIssuer) -> None:
    async with key_page(document_of(issuer)) as page:
        keys = SigningKeys(page.url, least_seconds_between_fetches=0)
        await keys.key(issuer.key_id)
        page.status = "500 Internal Server Error"
        await keys.key("unknown")

        key = await keys.key(issuer.key_id)

    assert page.asked == 2
    assert key is not None


def broken(_: bytes) -> bytes:
    return b"{"


def without_keys(_: bytes) -> bytes:
    return b'{"keys": []}'


def symmetric(_: bytes) -> bytes:
    entry = {"kty": "oct", "kid": "test", "k": "c2VjcmV0", "alg": "HS256"}
    return json.dumps({"keys": [entry]}).encode()


def for_encryption(document: bytes) -> bytes:
    (entry,) = json.loads(document)["keys"]
    return json.dumps({"keys": [{**entry, "use": "enc"}]}).encode()


def far_too_large(document: bytes) -> bytes:
    return document + b" " * 300_000


@pytest.mark.parametrize("spoil", [broken, without_keys, symmetric, for_encryption, far_too_large])
async def test_a_document_without_a_key_of_ours_gives_none(
    spoil: Callable[[bytes], bytes], issuer: TokenIssuer
) -> None:
    async with key_page(spoil(document_of(issuer))) as page:
        keys = SigningKeys(page.url)

        with pytest.raises(SigningKeysUnavailableError):
            await keys.key(issuer.key_id)


async def test_a_key_that_cannot_be_used_does_not_spoil_the_others(
    issuer: TokenIssuer,
) -> None:
    _, entry = an_rsa_key("rsa")
    issuer.publish({"kty": "EC", "kid": "strange", "crv": "P-999"}, entry)

    key = await SigningKeys(issuer.jwks_url).key("rsa")

    assert key is not None


async def test_keys_are_fetched_before_the_first_call_needs_them(issuer: TokenIssuer) -> None:
    async with key_page(document_of(issuer)) as page:
        keys = SigningKeys(page.url)

        async with keys.kept_fresh(), asyncio.timeout(5):
            while not page.asked:  # noqa: ASYNC110 -- the page has no event to wait for
                await asyncio.sleep(0.01)

    assert page.asked == 1
