"""Webhook deliveries as WhatsApp sends them, signed or not."""

import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from tests.support.clocks import new_id

Event = dict[str, Any]
"""A message of a customer or a status of one of ours, in WhatsApp's JSON."""

NUMBER = "106540352242922"
CUSTOMER = "5491155550123"


def a_wamid() -> str:
    return f"wamid.{new_id().hex}"


def an_inbound(kind: str, **particular: Any) -> Event:
    """Return a message of a customer; the content goes under the name of its kind."""
    return {
        "from": CUSTOMER,
        "id": a_wamid(),
        "timestamp": str(int(datetime.now(UTC).timestamp())),
        "type": kind,
        **particular,
    }


def an_inbound_text(body: str = "Hola, ¿a qué hora vienen?", **particular: Any) -> Event:
    return an_inbound("text", text={"body": body}, **particular)


def a_status(status: str, wamid: str, *, message_id: UUID | None = None, **extra: Any) -> Event:
    told = {
        "id": wamid,
        "status": status,
        "timestamp": str(int(datetime.now(UTC).timestamp())),
        "recipient_id": CUSTOMER,
        **extra,
    }
    return told if message_id is None else {**told, "biz_opaque_callback_data": str(message_id)}


def a_change(*events: Event, number: str = NUMBER, name: str = "Ana Clienta") -> dict[str, Any]:
    """Return what one number has to tell."""
    statuses = [event for event in events if "status" in event]
    messages = [event for event in events if "status" not in event]
    senders = {str(event.get("from", "")): event.get("from_user_id") for event in messages}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "5491155559999", "phone_number_id": number},
        "contacts": [
            {"wa_id": wa_id, "user_id": user_id, "profile": {"name": name}}
            for wa_id, user_id in senders.items()
        ],
        "messages": messages,
        "statuses": statuses,
    }
    return {
        "field": "messages",
        "value": {key: content for key, content in value.items() if content},
    }


def a_delivery(*events: Event, number: str = NUMBER, name: str = "Ana Clienta") -> bytes:
    return delivery_of(a_change(*events, number=number, name=name))


def delivery_of(*changes: dict[str, Any]) -> bytes:
    entry = [{"id": "102290129340398", "changes": [change]} for change in changes]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def signature_of(content: bytes, app_secret: str) -> str:
    return "sha256=" + hmac.digest(app_secret.encode(), content, sha256).hex()
