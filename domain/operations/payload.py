"""What a task carries: which fields its type has, of which kind, and how many bytes at most.

A kind is written as a Python type: `str`, `int`, `UUID` (its text, in lower case), and `dict` for a
flat map of whatever else an adapter needs.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.errors import InvalidInputError
from domain.transactions import Payload

MOST_BYTES = 64 * 1024


class PayloadTooLargeError(InvalidInputError):
    """What is large belongs into a store of its own; a task says where."""

    reason = "TASK_PAYLOAD_TOO_LARGE"

    def __init__(self, kind: str, size: int) -> None:
        super().__init__(
            f"The payload of a task {kind} has {size} bytes; {MOST_BYTES} is the most.",
            field="payload",
            type=kind,
            bytes=size,
            most_bytes=MOST_BYTES,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadSchema:
    """The fields of a type's tasks; what it does not name a payload may not have."""

    fields: Mapping[str, type] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    one_of: frozenset[str] = frozenset()
    """Exactly one of these is given."""
    version: int = 1
    """Goes up when a build that knows the earlier one cannot run what it finds."""

    def check(self, payload: Payload, kind: str) -> None:
        """Raise InvalidInputError, naming the first field that is wrong."""
        unknown = payload.keys() - self.fields.keys()
        missing = self.fields.keys() - self.optional - self.one_of - payload.keys()
        for name in sorted(unknown | missing):
            raise _refusal(kind, name, "is unknown" if name in unknown else "is missing")
        if self.one_of and len(self.one_of & payload.keys()) != 1:
            choices = sorted(self.one_of)
            raise InvalidInputError(
                f"A task {kind} has exactly one of the fields {', '.join(choices)}.",
                field=f"payload.{choices[0]}",
                type=kind,
            )
        for name, value in payload.items():
            expected = self.fields[name]
            if not _CHECKS[expected](value):
                raise _refusal(kind, name, f"is not {_NAMES[expected]}")


def to_json(payload: Payload, kind: str) -> str:
    """Return the payload as text, the same for equal ones; raise PayloadTooLargeError."""
    text = json.dumps(dict(payload), sort_keys=True)
    # Escapes only make it longer, so this says at little cost of most that they fit.
    if len(text) > MOST_BYTES:
        size = len(json.dumps(dict(payload), ensure_ascii=False).encode())
        if size > MOST_BYTES:
            raise PayloadTooLargeError(kind, size)
    return text


def _is_text(value: object) -> bool:
    if not isinstance(value, str) or "\x00" in value:
        return False
    # Postgres stores neither NUL nor halves of characters.
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def _is_flat_map(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        _is_text(key) and (item is None or _is_scalar(item)) for key, item in value.items()
    )


def _is_scalar(value: object) -> bool:
    return _is_text(value) or isinstance(value, bool | int) or _is_finite(value)


def _is_finite(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)


_CHECKS: Mapping[type, Callable[[object], bool]] = {
    str: _is_text,
    int: _is_whole,
    UUID: _is_uuid,
    dict: _is_flat_map,
}
_NAMES: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    UUID: "a UUID",
    dict: "a flat map",
}


def _refusal(kind: str, name: str, problem: str) -> InvalidInputError:
    return InvalidInputError(
        f"The field {name} of a task {kind} {problem}.", field=f"payload.{name}", type=kind
    )
