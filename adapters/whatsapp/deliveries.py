"""Reads what WhatsApp delivers: an event that is odd does not keep the others from being read."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.whatsapp.failures import failure_of
from domain.errors import InvalidInputError
from domain.messaging.message import MessageKind, MessageState
from domain.messaging.whatsapp_events import (
    CustomerWrote,
    MessageCameFurther,
    NotForUs,
    Sender,
    Unreadable,
    WhatsAppEvent,
)

STATES: Mapping[str, MessageState] = {
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    # A voice note that was listened to.
    "played": MessageState.READ,
    "failed": MessageState.FAILED,
}
_ARGENTINE_WITHOUT_NINE = re.compile(r"54(?!9)(\d{10})")
_LONGEST_NAME = 200
_NAME = r"^[^\x00]+$"
_WRITTEN = frozenset({"text", "button", "interactive"})


class DeliveryUnreadableError(InvalidInputError):
    reason = "WEBHOOK_UNREADABLE"

    def __init__(self, problem: str) -> None:
        super().__init__(f"This is no delivery of WhatsApp's: {problem}.", field="content")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class _Message(_Part):
    id: str = Field(pattern=_NAME, max_length=512)
    type: str = Field(pattern=_NAME, max_length=50)
    timestamp: int = Field(ge=0, le=4_102_444_800)
    wa_id: str = Field(default="", alias="from", pattern=r"^(\d{8,15})?$")
    user_id: str = Field(default="", alias="from_user_id", pattern=r"^[^\x00]*$", max_length=200)


class _Status(_Part):
    id: str = Field(pattern=_NAME, max_length=512)
    status: str = Field(pattern=_NAME, max_length=50)
    timestamp: int = Field(ge=0, le=4_102_444_800)
    biz_opaque_callback_data: str = ""
    errors: tuple[dict[str, Any], ...] = ()


class CloudApiReader:
    """The domain's WhatsAppReader."""

    def events(self, content: bytes) -> Sequence[WhatsAppEvent]:
        try:
            delivery = json.loads(content)
            entries = delivery["entry"]
            changes = [change for entry in entries for change in entry["changes"]]
        except (ValueError, RecursionError) as error:
            raise DeliveryUnreadableError("it is no JSON") from error
        except (KeyError, TypeError) as error:
            raise DeliveryUnreadableError("it has no changes") from error
        return [event for change in changes for event in _events_of(change)]


def _events_of(change: Any) -> Iterator[WhatsAppEvent]:
    value = change.get("value") if isinstance(change, dict) else None
    if not isinstance(value, dict):
        yield Unreadable("a change has no value")
        return
    if change.get("field") != "messages":
        yield NotForUs(f"field:{str(change.get('field'))[:50]}")
        return
    names = _profile_names(value.get("contacts"))
    for message in _list(value.get("messages")):
        yield _message(message, names)
    for status in _list(value.get("statuses")):
        yield _status(status)
    for _ in _list(value.get("errors")):
        yield NotForUs("errors")


def _message(raw: Any, names: Mapping[str, str]) -> WhatsAppEvent:
    try:
        message = _Message.model_validate(raw)
    except ValidationError as error:
        return Unreadable(f"a message: {_problem(error)}")
    if not (message.wa_id or message.user_id):
        return Unreadable("a message of nobody")
    return CustomerWrote(
        wamid=message.id,
        sender=Sender(
            phone_number=_phone_number(message.wa_id),
            user_id=message.user_id,
            profile_name=names.get(message.wa_id) or names.get(message.user_id) or "",
        ),
        kind=MessageKind.TEXT if message.type in _WRITTEN else MessageKind.OTHER,
        content_type=message.type,
        body=_body(message.type, raw),
        sent_at=datetime.fromtimestamp(message.timestamp, UTC),
    )


def _status(raw: Any) -> WhatsAppEvent:
    try:
        status = _Status.model_validate(raw)
    except ValidationError as error:
        return Unreadable(f"a status: {_problem(error)}")
    state = STATES.get(status.status)
    if state is None:
        return NotForUs(f"status:{status.status}")
    return MessageCameFurther(
        wamid=status.id,
        callback_data=status.biz_opaque_callback_data,
        state=state,
        told_at=datetime.fromtimestamp(status.timestamp, UTC),
        failure=failure_of(status.errors) if state is MessageState.FAILED else None,
    )


def _body(kind: str, raw: Mapping[str, Any]) -> str:
    """Return what a person reads of a message: its text, a caption, the button that was pressed."""
    content = raw.get(kind)
    if not isinstance(content, dict):
        return ""
    answer = content.get("button_reply") or content.get("list_reply")
    if isinstance(answer, dict):
        return _clean(answer.get("title"))
    for name in ("body", "caption", "text", "emoji"):
        if isinstance(content.get(name), str):
            return _clean(content[name])
    return ""


def _profile_names(contacts: Any) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for contact in _list(contacts):
        profile = contact.get("profile") if isinstance(contact, dict) else None
        name = _clean(profile.get("name")) if isinstance(profile, dict) else ""
        for key in ("wa_id", "user_id"):
            if name and isinstance(contact.get(key), str):
                names[contact[key]] = name[:_LONGEST_NAME]
    return names


def _phone_number(wa_id: str) -> str:
    without_nine = _ARGENTINE_WITHOUT_NINE.fullmatch(wa_id)
    digits = f"549{without_nine[1]}" if without_nine else wa_id
    return f"+{digits}" if digits else ""


def _clean(text: Any) -> str:
    """Return what a database can hold: JSON may contain NUL and halves of characters."""
    if not isinstance(text, str):
        return ""
    return text.replace("\0", "").encode(errors="replace").decode()


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
