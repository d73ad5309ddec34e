"""Webhooks as WhatsApp sends them: signed, again until they are taken, and badly if asked to."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any, Protocol

import httpx
import structlog

from sandbox.behaviour import Controls
from sandbox.clock import Clock

STATUSES = ("sent", "delivered", "read")
MOST_WAITING = 20_000
TIMEOUT_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
ATTEMPTS = 100
_ACCOUNT = "102290129340398"
_WRONG_SECRET = "not the secret"  # noqa: S105 -- of nobody
_log = structlog.get_logger(__name__)


class Told(Protocol):
    """What a status says of the message that it is about."""

    @property
    def wamid(self) -> str: ...
    @property
    def phone_number_id(self) -> str: ...
    @property
    def wa_id(self) -> str: ...
    @property
    def callback_data(self) -> str | None: ...


class WebhookSender:
    """Tells the address that the behaviour names; nobody where it names none."""

    def __init__(self, controls: Controls, clock: Clock) -> None:
        self._controls = controls
        self._clock = clock
        self._waiting: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as self._http:
            yield
            self.forget()
            await asyncio.gather(*self._waiting, return_exceptions=True)

    def forget(self) -> None:
        """Tell nothing more of what was."""
        for task in self._waiting:
            task.cancel()

    def message_went(self, message: Told) -> None:
        """Tell how far a message that was taken comes."""
        self._begin(self._tell_statuses(message))

    def customer_wrote(self, number: str, wa_id: str, *, name: str, event: dict[str, Any]) -> None:
        """Tell what a customer wrote."""
        value = {
            "contacts": [{"wa_id": wa_id, "profile": {"name": name}}],
            "messages": [{"from": wa_id, "timestamp": self._timestamp(), **event}],
        }
        self._begin(self._deliver(_body(number, value)))

    def _begin(self, telling: Coroutine[None, None, None]) -> None:
        if self._controls.whatsapp.webhook_url is None or len(self._waiting) >= MOST_WAITING:
            telling.close()
            return
        task = asyncio.get_running_loop().create_task(telling)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _tell_statuses(self, message: Told) -> None:
        behaviour = self._controls.whatsapp
        told = {"id": message.wamid, "recipient_id": message.wa_id}
        if message.callback_data is not None:
            told["biz_opaque_callback_data"] = message.callback_data
        for status in STATUSES[::-1] if behaviour.statuses_reversed else STATUSES:
            await asyncio.sleep(behaviour.status_seconds)
            event = {**told, "status": status, "timestamp": self._timestamp()}
            await self._deliver(_body(message.phone_number_id, {"statuses": [event]}))

    async def _deliver(self, content: bytes) -> None:
        behaviour = self._controls.whatsapp
        secret = behaviour.app_secret.get_secret_value()
        if behaviour.webhooks_forged:
            await self._post(content, _signature(content, _WRONG_SECRET))
        for _ in range(1 + behaviour.webhook_replays):
            await self._insist(content, _signature(content, secret))

    async def _insist(self, content: bytes, signature: str) -> None:
        pause = FIRST_PAUSE_SECONDS
        for _ in range(ATTEMPTS):
            answer = await self._post(content, signature)
            if answer == httpx.codes.OK:
                return
            _log.info("webhook_not_taken", answer=answer, again_in=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _post(self, content: bytes, signature: str) -> int | None:
        url = self._controls.whatsapp.webhook_url
        if self._http is None or url is None:
            return httpx.codes.OK
        headers = {"content-type": "application/json", "x-hub-signature-256": signature}
        try:
            return (await self._http.post(url, content=content, headers=headers)).status_code
        except httpx.TransportError:
            return None

    def _timestamp(self) -> str:
        return str(int(self._clock().timestamp()))


def _signature(content: bytes, secret: str) -> str:
    return f"sha256={hmac.digest(secret.encode(), content, sha256).hex()}"


def _body(number: str, value: Mapping[str, object]) -> bytes:
    metadata = {"display_phone_number": number, "phone_number_id": number}
    change = {
        "field": "messages",
        "value": {"messaging_product": "whatsapp", "metadata": metadata, **value},
    }
    return json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": _ACCOUNT, "changes": [change]}],
        }
    ).encode()
