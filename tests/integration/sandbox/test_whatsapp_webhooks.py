"""WhatsApp's stand-in tells a webhook what customers write and how far messages have come."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.integration.sandbox.running import RunningSandbox
from tests.integration.sandbox.test_whatsapp import CUSTOMER, NUMBER, PARAMETERS, template_message
from tests.support.waiting import eventually
from tests.support.whatsapp_deliveries import signature_of

SECRET = "of this test"  # noqa: S105 -- of no app


class Webhook:
    """Keeps what was delivered, and answers what a test says."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}/webhooks/whatsapp"
        self.refusals = 0
        self.taken: list[dict[str, Any]] = []
        self.forged = 0

    def take(self, content: bytes, signature: str) -> int:
        if signature != signature_of(content, SECRET):
            self.forged += 1
            return 401
        if self.refusals:
            self.refusals -= 1
            return 503
        (entry,) = json.loads(content)["entry"]
        self.taken.append(entry["changes"][0]["value"])
        return 200

    def statuses(self) -> list[str]:
        return [status["status"] for value in self.taken for status in value.get("statuses", [])]


@contextmanager
def running_webhook() -> Iterator[Webhook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(running.take(content, self.headers["X-Hub-Signature-256"]))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = Webhook(server)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def webhook(sandbox: RunningSandbox) -> Iterator[Webhook]:
    with running_webhook() as running:
        behave(sandbox, webhook_url=running.url, app_secret=SECRET, status_seconds=0)
        yield running
        sandbox.reset()


def behave(sandbox: RunningSandbox, **changes: object) -> None:
    sandbox.http.patch("/sandbox/whatsapp/behaviour", json=changes).raise_for_status()


def send(sandbox: RunningSandbox) -> str:
    answer = sandbox.http.post(
        f"/v26.0/{NUMBER}/messages",
        json=template_message(*PARAMETERS),
        headers={"authorization": "Bearer secret"},
    )
    return str(answer.json()["messages"][0]["id"])


def test_a_message_comes_further_and_says_whose_it_is(
    sandbox: RunningSandbox, webhook: Webhook
) -> None:
    wamid = send(sandbox)

    assert eventually(lambda: webhook.statuses() == ["sent", "delivered", "read"])
    told = [status for value in webhook.taken for status in value["statuses"]]
    assert {status["id"] for status in told} == {wamid}
    assert {status["biz_opaque_callback_data"] for status in told} == {
        "0199f0a2-0000-7000-8000-000000000001"
    }
    assert {value["metadata"]["phone_number_id"] for value in webhook.taken} == {NUMBER}


def test_what_a_customer_writes_is_told(sandbox: RunningSandbox, webhook: Webhook) -> None:
    body = {"phone_number_id": NUMBER, "sender": CUSTOMER, "name": "Ana", "text": "Hola"}

    answer = sandbox.http.post("/sandbox/whatsapp/inbound", json=body).json()

    assert eventually(lambda: len(webhook.taken) == 1)
    (value,) = webhook.taken
    (message,) = value["messages"]
    assert (message["id"], message["from"]) == (answer["wamid"], CUSTOMER)
    assert message["text"] == {"body": "Hola"}
    assert value["contacts"] == [{"wa_id": CUSTOMER, "profile": {"name": "Ana"}}]


def test_what_is_not_taken_comes_again(sandbox: RunningSandbox, webhook: Webhook) -> None:
    webhook.refusals = 2

    send(sandbox)

    assert eventually(lambda: webhook.statuses() == ["sent", "delivered", "read"])


@pytest.mark.parametrize(
    ("behaviour", "statuses"),
    [
        ({"statuses_reversed": True}, ["read", "delivered", "sent"]),
        ({"webhook_replays": 1}, ["sent", "sent", "delivered", "delivered", "read", "read"]),
    ],
)
def test_statuses_come_badly_if_asked_to(
    sandbox: RunningSandbox, webhook: Webhook, behaviour: dict[str, object], statuses: list[str]
) -> None:
    behave(sandbox, **behaviour)

    send(sandbox)

    assert eventually(lambda: webhook.statuses() == statuses)


def test_forged_deliveries_come_before_the_genuine_ones(
    sandbox: RunningSandbox, webhook: Webhook
) -> None:
    behave(sandbox, webhooks_forged=True)

    send(sandbox)

    assert eventually(lambda: webhook.statuses() == ["sent", "delivered", "read"])
    assert webhook.forged == 3


def test_the_secret_is_shown_to_nobody(sandbox: RunningSandbox, webhook: Webhook) -> None:
    shown = sandbox.http.get("/sandbox/whatsapp/behaviour").text

    assert webhook.url in shown
    assert SECRET not in shown
