"""What made-up requests speak of: things of our own, things of others, and words of every kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from google.api import resource_pb2
from google.protobuf.descriptor import FieldDescriptor

from tests.support.builders import VALID_CUIT
from tests.support.requests import EPOCH

ORGANIZATIONS = "organizations"

_WORDS: Mapping[str, Sequence[str]] = {
    "cuit": [VALID_CUIT],
    "currency_code": ["ARS"],
    "email": ["ana@example.com"],
    "etag": ["1", "2", "3", "4", "5"],
    "phone_number": ["+5491155550123"],
    "queue": ["realtime", "background", "batch", "invoice:generate"],
    "since": ["2025-01-01", "2026-03-01T12:00:00Z"],
    "subject": ["", "somebody"],
    "type": ["invoice:generate", "whatsapp:send"],
    "until": ["2030-01-01", "2030-03-01T12:00:00-03:00"],
}
_NUMBERS: Mapping[str, Sequence[int]] = {"install_epoch": [EPOCH], "after_cursor": [0, 1, 2]}


def collection_of(field: FieldDescriptor) -> str:
    """Return what a field holds names of: `jobs`; empty where it holds no names."""
    if field.type != FieldDescriptor.TYPE_STRING:
        return ""
    reference = field.GetOptions().Extensions[resource_pb2.resource_reference]
    if field.name == "parent" or reference.child_type:
        return ORGANIZATIONS
    kind = reference.type.rpartition("/")[2].lower()
    if kind:
        return f"{kind}s"
    message = field.containing_type
    assert message is not None
    own = message.GetOptions().Extensions[resource_pb2.resource]
    return own.pattern[0].split("/")[-2] if own.pattern and field.name == "name" else ""


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

    def texts(self, field: FieldDescriptor) -> Sequence[str]:
        """Return values that a text field is likely to accept; none where nothing is known."""
        tokens = {"page_token": self.page_tokens, "request_id": self.request_ids}
        return tokens.get(field.name, _WORDS.get(field.name, ()))

    def numbers(self, field: FieldDescriptor) -> Sequence[int]:
        return _NUMBERS.get(field.name, ())

    def foreign_names(self) -> list[str]:
        return [name for names in self.theirs.values() for name in names]
