"""New values of a resource's fields, where leaving a field as it is differs from emptying it."""

from collections.abc import Iterator
from dataclasses import Field, fields, replace
from enum import Enum
from typing import ClassVar, Protocol, TypeVar


class WithFields(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]


Resource = TypeVar("Resource", bound=WithFields)
Value = TypeVar("Value")


class Keep(Enum):
    """Stands for a value that is not changed, where None is a value too."""

    KEEP = "keep"


KEEP = Keep.KEEP


def new_value(value: Value | Keep, old: Value) -> Value:
    """Return the new value of a field, or the old one where nothing was said of it."""
    return old if isinstance(value, Keep) else value


def with_changes(resource: Resource, changes: WithFields) -> Resource:
    """Return the resource with every value of `changes` that is not KEEP.

    The fields of `changes` bear the names of those of the resource.
    """
    return replace(resource, **dict(_said(changes)))


def changed_fields(before: object, after: object, changes: WithFields) -> list[str]:
    """Return the names of the fields of `changes` in which two versions of a resource differ."""
    names = [field.name for field in fields(changes)]
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _said(changes: WithFields) -> Iterator[tuple[str, object]]:
    for field in fields(changes):
        value: object = getattr(changes, field.name)
        if value is not KEEP:
            yield field.name, value
