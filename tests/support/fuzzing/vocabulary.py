"""What made-up requests speak of: things of our own, things of others, and words of every kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from google.api import resource_pb2
from google.protobuf.descriptor import FieldDescriptor

from tests.support.builders import VALID_CUIT
from tests.support.fuzzing.plain_values import rules_of
from tests.support.requests import EPOCH

ORGANIZATIONS = "organizations"
NAMED_BY_ID = "/[0-9a-f-]{36}"

_WORDS: Mapping[str, Sequence[str]] = {
    "cuit": [VALID_CUIT],
    "currency_code": ["ARS"],
    "email": ["ana@example.com"],
    "etag": ["1", "2", "3", "4", "5"],
    "mode": ["subscribe"],
    "phone_number": ["+5491155550123"],
    "queue": ["realtime", "background", "batch", "invoice:generate"],
    "since": ["2025-01-01", "2026-03-01T12:00:00Z"],
    "subject": ["", "somebody"],
    "type": ["invoice:generate", "whatsapp:send"],
    "until": ["2030-01-01", "2030-03-01T12:00:00-03:00"],
}
_NUMBERS: Mapping[str, Sequence[int]] = {"install_epoch": [EPOCH], "after_cursor": [0, 1, 2]}


def collection_of(field: FieldDescriptor) -> str:
    """Return what a field holds names of: `jobs`; empty where it holds no names.

    What a business has but one of is a collection of itself: `arcaConnection`.
    """
    if field.type != FieldDescriptor.TYPE_STRING:
        return ""
    pattern = rules_of(field).string.pattern.strip("^$")
    if NAMED_BY_ID in pattern or pattern.endswith("Connection"):
        return _last(pattern.replace(NAMED_BY_ID, "/{}").replace(")?", "").replace("(", ""))
    message = field.containing_type
    assert message is not None
    own = message.GetOptions().Extensions[resource_pb2.resource]
    return _last(own.pattern[0]) if own.pattern and field.name == "name" else ""


def _last(pattern: str) -> str:
    *_, collection, last = pattern.split("/")
    return collection if last.startswith("{") else last


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names, tokens and bodies that requests are put together from."""

    ours: Mapping[str, Sequence[str]]
    """Names of the callers' own things, by collection."""
    theirs: Mapping[str, Sequence[str]]
    """Names of another organisation's."""
    page_tokens: Sequence[str]
    request_ids: Sequence[str]
    bodies: Sequence[bytes]
    """What a webhook may hold."""

    secrets: Mapping[str, Sequence[str]]
    """What only its owner knows, by the names of fields: a certificate with its key."""

    def texts(self, field: FieldDescriptor) -> Sequence[str]:
        """Return values that a text field is likely to accept; none where nothing is known."""
        own = {"page_token": self.page_tokens, **self.secrets}
        return own.get(field.name, _WORDS.get(field.name, ()))

    def numbers(self, field: FieldDescriptor) -> Sequence[int]:
        return _NUMBERS.get(field.name, ())

    def foreign_names(self) -> list[str]:
        return [name for names in self.theirs.values() for name in names]
