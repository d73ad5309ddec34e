"""Sends messages through the Graph API."""

from functools import partial

import httpx
import structlog

from adapters.guarded_calls.calls import GuardedCalls, is_failure
from adapters.whatsapp.answers import read_wamid
from adapters.whatsapp.channel import GraphChannel
from adapters.whatsapp.error_codes import TOKEN_CODES
from domain.connections.ports import OwnAccessTokens
from domain.connections.whatsapp_connection import AccessToken
from domain.messaging.message import Message
from domain.messaging.ports import LoginRefusedError, MessageRefusedError, SlowDownError
from domain.messaging.use_cases.deliver_message import NOT_CONNECTED

SERVICE = "whatsapp"
MESSAGES = "messages"
# Guarded calls end everything else: these tell a message that never left from one that may have.
TIMEOUT = httpx.Timeout(None, connect=5.0, pool=5.0)

_log = structlog.get_logger(__name__)
_TOKEN_CODES = frozenset(map(str, TOKEN_CODES))


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
        self._channel = GraphChannel(client)
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
        try:
            return await self._calls.make(
                MESSAGES,
                partial(self._post, sender_phone_number_id, body, token),
                keys=(sender_phone_number_id, message.phone_number),
                is_failure=partial(_is_outage, has_own_token=own is not None),
            )
        except LoginRefusedError as refusal:
            _log.warning(
                "whatsapp_login_refused",
                organization_id=str(message.organization_id),
                phone_number_id=sender_phone_number_id,
                code=refusal.metadata.get("code"),
                is_own_token=own is not None,
            )
            raise

    async def _post(
        self, sender_phone_number_id: str, body: dict[str, object], token: AccessToken
    ) -> str:
        path = f"/{sender_phone_number_id}/messages"
        return read_wamid(await self._channel.post(path, body, token=token))


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


def _is_outage(error: BaseException, *, has_own_token: bool) -> bool:
    """Return whether an error concerns all businesses, and not only the one that writes."""
    match error:
        case SlowDownError():
            # It concerns one number.
            return False
        case LoginRefusedError():
            # Many numbers are opened by the platform's token; who may use one is its owner's thing.
            return not has_own_token and error.metadata.get("code") in _TOKEN_CODES
        case _:
            return is_failure(error)
