import asyncio
import json

import httpx
import pytest

from adapters.alerts.webhook import WebhookSender
from domain.alerts import Notice, Severity
from domain.errors import TemporaryError
from tests.support.clocks import MORNING

URL = "https://chat.example/hooks/secret"
NOTICE = Notice(
    id="queue-critical:batch#2",
    key="queue-critical:batch",
    severity=Severity.URGENT,
    text="Look!",
    told_at=MORNING,
    attempt=1,
    sender="webhook",
)


class Chat:
    """Answers as a test wants and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.status = 200
        self.is_silent = False

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.is_silent:
            await asyncio.Event().wait()
        return httpx.Response(self.status)

    async def receive(self, *, deadline_seconds: float = 5.0) -> None:
        transport = httpx.MockTransport(self.answer)
        async with httpx.AsyncClient(transport=transport) as client:
            await WebhookSender(client, URL, deadline_seconds=deadline_seconds).send(NOTICE)


@pytest.fixture
def chat() -> Chat:
    return Chat()


async def test_a_notice_is_posted_as_json_under_its_id(chat: Chat) -> None:
    await chat.receive()

    (request,) = chat.requests
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["Idempotency-Key"] == NOTICE.id
    assert json.loads(request.content) == {
        "id": "queue-critical:batch#2",
        "key": "queue-critical:batch",
        "severity": "urgent",
        "text": "Look!",
        "time": MORNING.isoformat(),
    }


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
async def test_anything_but_a_success_is_for_another_try(chat: Chat, status: int) -> None:
    chat.status = status

    with pytest.raises(TemporaryError) as error:
        await chat.receive()

    assert error.value.message == f"The webhook answered {status}."


async def test_a_webhook_that_is_silent_is_given_up_and_its_address_stays_secret(
    chat: Chat,
) -> None:
    chat.is_silent = True

    with pytest.raises(TemporaryError) as error:
        await chat.receive(deadline_seconds=0.05)

    assert error.value.message == "The webhook did not answer: TimeoutError."
