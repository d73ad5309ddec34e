"""Bytes by signed links: repeated when that may help, and refused with the reason that was said."""

import httpx
import pytest

from campotech_client import RetryPolicy
from campotech_client.errors import (
    CampoTechError,
    DeadlineExceededError,
    InvalidInputError,
    PermissionDeniedError,
    UnavailableError,
)
from campotech_client.transfers import transfer

SOON = RetryPolicy(max_attempts=3, first_pause_seconds=0.001, longest_pause_seconds=0.002)
URL = "http://store.test/blobs/x?signature=y"


def refusal(status: int, code: int, reason: str) -> httpx.Response:
    return httpx.Response(
        status, json={"code": code, "message": "No.", "details": [{"reason": reason}]}
    )


class Store:
    """Answers with one thing after another, the last one for ever."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.received: list[bytes] = []

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.received.append(await request.aread())
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def put(store: Store, *, timeout_seconds: float = 30) -> bytes:
    return await transfer(
        "PUT",
        URL,
        retries=SOON,
        headers={"content-type": "image/jpeg"},
        content=b"photo",
        timeout_seconds=timeout_seconds,
        transport=httpx.MockTransport(store.handle),
    )


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(503),
        refusal(503, 14, "BLOB_STORE_UNAVAILABLE"),
        refusal(507, 2, "EDGE_FAILED"),
        httpx.Response(500, text="<Error><Code>InternalError</Code></Error>"),
        httpx.Response(429),
        httpx.ConnectError("away"),
    ],
)
async def test_what_may_succeed_later_is_sent_again_as_it_was(
    trouble: httpx.Response | Exception,
) -> None:
    store = Store(trouble, trouble, httpx.Response(201))

    await put(store)

    assert store.received == [b"photo"] * 3


async def test_it_is_not_tried_for_ever() -> None:
    store = Store(httpx.ConnectError("away"))

    with pytest.raises(UnavailableError):
        await put(store)

    assert len(store.received) == SOON.max_attempts


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (refusal(403, 7, "LINK_EXPIRED"), PermissionDeniedError, "LINK_EXPIRED"),
        (refusal(400, 3, "BLOB_CONTENT_WRONG"), InvalidInputError, "BLOB_CONTENT_WRONG"),
        (httpx.Response(403, text="<Error/>"), PermissionDeniedError, ""),
        (httpx.Response(400, json=["surprise"]), InvalidInputError, ""),
    ],
)
async def test_a_refusal_is_told_once_with_its_reason(
    answer: httpx.Response, kind: type[CampoTechError], reason: str
) -> None:
    store = Store(answer)

    with pytest.raises(kind) as told:
        await put(store)

    assert told.value.reason == reason
    assert len(store.received) == 1


async def test_it_ends_in_time() -> None:
    with pytest.raises(DeadlineExceededError):
        await put(Store(httpx.ConnectError("away")), timeout_seconds=1e-9)
