"""WhatsApp's webhooks at the door: whether it is WhatsApp, and whose parts a delivery has."""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from domain.webhooks.inbox import LARGEST_CONTENT_BYTES, DeliveryPart

_SCHEME = "sha256="


class CloudApiWebhooks:
    """The domain's WhatsAppWebhooks; Meta has one app secret for all businesses."""

    def __init__(self, *, app_secret: SecretStr | None, verify_token: SecretStr | None) -> None:
        self._app_secret = app_secret.get_secret_value().encode() if app_secret else b""
        self._verify_token = verify_token.get_secret_value().encode() if verify_token else b""

    def is_verify_token(self, token: str) -> bool:
        is_it = hmac.compare_digest(token.encode(), self._verify_token)
        return bool(self._verify_token) and is_it

    def is_genuine(self, content: bytes, signature: str) -> bool:
        expected = hmac.digest(self._app_secret, content, sha256).hex()
        claimed = signature.removeprefix(_SCHEME)
        is_signed = hmac.compare_digest(claimed.encode(), expected.encode())
        return bool(self._app_secret) and signature.startswith(_SCHEME) and is_signed

    def parts(self, content: bytes) -> Sequence[DeliveryPart]:
        try:
            parts = _taken_apart(content)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            parts = []
        # Numbers alone can grow, 1e15 to 1000000000000000.0: WhatsApp writes no megabytes of them.
        if all(len(part.content) <= LARGEST_CONTENT_BYTES for part in parts):
            return parts or [DeliveryPart("", content)]
        return [DeliveryPart("", content)]


Entries = dict[int, list[Any]]
"""Changes by the index of their entry in the delivery."""


def _taken_apart(content: bytes) -> list[DeliveryPart]:
    delivery = json.loads(content)
    by_number = _changes_by_number(delivery)
    if len(by_number) == 1:
        return [DeliveryPart(number, content) for number in by_number]
    return [
        DeliveryPart(number, _delivery_of(delivery, entries))
        for number, entries in by_number.items()
    ]


def _changes_by_number(delivery: Mapping[str, Any]) -> dict[str, Entries]:
    by_number: dict[str, Entries] = {}
    for index, change in _changes(delivery):
        entries = by_number.setdefault(_number_in(change), {})
        entries.setdefault(index, []).append(change)
    return by_number


def _changes(delivery: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    for index, entry in enumerate(delivery["entry"]):
        for change in entry["changes"]:
            yield index, change


def _number_in(change: Mapping[str, Any]) -> str:
    value = change.get("value")
    metadata = value.get("metadata") if isinstance(value, dict) else None
    number = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
    return number if isinstance(number, str) and number.isdecimal() else ""


def _delivery_of(delivery: Mapping[str, Any], entries: Entries) -> bytes:
    kept = [{**delivery["entry"][index], "changes": changes} for index, changes in entries.items()]
    # Escaped, a text would take up to three times what it took: more than an inbox has room for.
    text = json.dumps({**delivery, "entry": kept}, separators=(",", ":"), ensure_ascii=False)
    # Half an emoji comes through, as it does where a delivery is read.
    return text.encode(errors="surrogatepass")
