"""Sends messages through the Graph API; every way it can end is told apart."""

from functools import partial
from typing import Any

import httpx

from adapters.guarded_calls.calls import GuardedCalls, is_failure
from adapters.whatsapp.error_codes import WAIT_SECONDS, ErrorClass, classify
from adapters.whatsapp.failures import failure_called
from domain.connections.ports import OwnAccessTokens
from domain.connections.whatsapp_connection import AccessToken
from domain.errors import TemporaryError, UnknownOutcomeError
from domain.messaging.message import Message
from domain.messaging.ports import MessageRefusedError, SlowDownError
from domain.messaging.use_cases.deliver_message import NOT_CONNECTED

SERVICE = "whatsapp"
MESSAGES = "messages"
# Guarded calls end everything else: these tell a message that never left from one that may have.
TIMEOUT = httpx.Timeout(None, connect=5.0, pool=5.0)


class CloudApiGateway:
    """The domain's WhatsAppGateway.

    `client` is pooled and waits as `TIMEOUT` says, its base URL is
    `https://graph.facebook.com/v{N}.0`. An organisation's own token goes before the platform's.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        own_tokens: OwnAccessTokens,
        calls: GuardedCalls,
        *,
        platform_token: AccessToken | None,
    ) -> None:
        self._client = client
        self._own_tokens = own_tokens
        self._platform_token = platform_token
        self._calls = calls

    async def send_template(self, sender_phone_number_id: str, message: Message) -> str:
        return await self._send(sender_phone_number_id, message, template_request(message))

    async def send_text(self, sender_phone_number_id: str, message: Message) -> str:
        return await self._send(sender_phone_number_id, message, text_request(message))

    async def _send(
        self, sender_phone_number_id: str, message: Message, body: dict[str, object]
    ) -> str:
        own = await self._own_tokens.of(message.organization_id, sender_phone_number_id)
        token = own or self._platform_token
        if token is None:
            raise MessageRefusedError("there is no access token for the number", NOT_CONNECTED)
        return await self._calls.make(
            MESSAGES,
            partial(self._post, sender_phone_number_id, body, token),
            keys=(sender_phone_number_id, message.phone_number),
            is_failure=_is_failure,
        )

    async def _post(
        self, sender_phone_number_id: str, body: dict[str, object], token: AccessToken
    ) -> str:
        headers = {"Authorization": f"Bearer {token.text}"}
        try:
            response = await self._client.post(
                f"/{sender_phone_number_id}/messages", json=body, headers=headers
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TemporaryError("WhatsApp cannot be reached.") from error
        except httpx.TransportError as error:
            raise UnknownOutcomeError("WhatsApp's answer was lost.") from error
        return read_answer(response)


def template_request(message: Message) -> dict[str, object]:
    """Return the body of a template send; our id comes back in status webhooks."""
    return {
        **_envelope(message),
        "type": "template",
        "template": {
            "name": message.template_name,
            "language": {"code": message.template_language},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": text} for text in message.template_parameters
                    ],
                }
            ],
        },
    }


def text_request(message: Message) -> dict[str, object]:
    """Return the body of a send of free text."""
    return {
        **_envelope(message),
        "type": "text",
        "text": {"body": message.body, "preview_url": False},
    }


def _envelope(message: Message) -> dict[str, object]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.phone_number.removeprefix("+"),
        "biz_opaque_callback_data": str(message.id),
    }


def read_answer(response: httpx.Response) -> str:
    """Return the wamid in an answer, or raise what its error means."""
    body = _json_object(response)
    if response.is_success:
        messages = body.get("messages")
        if not messages or not messages[0].get("id"):
            raise UnknownOutcomeError("WhatsApp answered without naming the message.")
        return str(messages[0]["id"])
    error = body.get("error")
    if not isinstance(error, dict):
        # A proxy's page, or half an answer: nobody says whether the message went through.
        if response.is_server_error:
            raise UnknownOutcomeError(f"WhatsApp answered HTTP {response.status_code}.")
        raise MessageRefusedError("no error was named", failure_called(str(response.status_code)))
    _raise_error(response, error)
    raise AssertionError


def _raise_error(response: httpx.Response, error: dict[str, Any]) -> None:
    code = int(error.get("code", 0))
    text = str(error.get("message", ""))
    kind = classify(
        code,
        http_status=response.status_code,
        is_transient=bool(error.get("is_transient", False)),
    )
    if kind is ErrorClass.RATE_LIMITED:
        wait = _retry_after(response) or WAIT_SECONDS[code]
        raise SlowDownError(text, retry_after_seconds=wait, code=code)
    if kind is ErrorClass.TRANSIENT:
        raise TemporaryError(text, retry_after_seconds=_retry_after(response), code=code)
    raise MessageRefusedError(text, failure_called(str(code)))


def _is_failure(error: BaseException) -> bool:
    # A limit is no outage: it concerns one number, and the others may go on.
    return is_failure(error) and not isinstance(error, SlowDownError)


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
