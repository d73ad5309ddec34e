"""What the contract calls REQUIRED, read from the descriptors, so that the annotation is the rule.

Plain numbers and booleans cannot be required: on the wire nobody can tell 0 from absent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

_Presence: TypeAlias = Callable[[Message], Any]  # truthy where the field is there

_MASK = "update_mask"
_EVERYTHING = "*"
_NEVER_READ = frozenset({field_behavior_pb2.OUTPUT_ONLY, field_behavior_pb2.IDENTIFIER})
_EMPTY_MEANS_ABSENT = frozenset(
    {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES, FieldDescriptor.TYPE_ENUM}
)


@dataclass(slots=True)
class _Plan:
    """What to look for in one type of message."""

    required: list[tuple[str, _Presence]] = field(default_factory=list)
    single: list[tuple[str, "_Plan"]] = field(default_factory=list)
    repeated: list[tuple[str, "_Plan"]] = field(default_factory=list)
    updated: list[tuple[str, "_Plan"]] = field(default_factory=list)
    """Beside a mask: of a resource that is changed in part, only what the mask names is needed."""

    @property
    def is_empty(self) -> bool:
        return not (self.required or self.single or self.repeated or self.updated)


class RequiredFields:
    """Finds the REQUIRED fields that a message lacks, also in the messages within it."""

    def __init__(self) -> None:
        self._plans: dict[str, _Plan] = {}

    def missing_in(self, message: Message) -> list[str]:
        """Return the paths of what is missing: `job.service_address.locality`."""
        plan = self._plan(message.DESCRIPTOR)  # type: ignore[arg-type]  # upb's class, used alike
        return [] if plan.is_empty else list(_missing(plan, message, ""))

    def _plan(self, descriptor: Descriptor) -> _Plan:
        known = self._plans.get(descriptor.full_name)
        if known is not None:
            return known
        # Known before it is complete, so that a message which contains its own kind ends here.
        plan = self._plans[descriptor.full_name] = _Plan()
        is_update = _MASK in descriptor.fields_by_name
        for item in descriptor.fields:
            self._add(plan, item, is_update=is_update)
        return plan

    def _add(self, plan: _Plan, item: FieldDescriptor, *, is_update: bool) -> None:
        behaviors = set(item.GetOptions().Extensions[field_behavior_pb2.field_behavior])
        if behaviors & _NEVER_READ:
            return
        if field_behavior_pb2.REQUIRED in behaviors:
            presence = _presence_of(item)
            if presence is not None:
                plan.required.append((item.name, presence))
        if item.message_type is None or item.message_type.GetOptions().map_entry:
            return
        within = self._plan(item.message_type)
        if within.is_empty:
            return
        if is_update:
            plan.updated.append((item.name, within))
        else:
            (plan.repeated if item.is_repeated else plan.single).append((item.name, within))


def _presence_of(item: FieldDescriptor) -> _Presence | None:
    name = item.name
    if item.is_repeated or (item.type in _EMPTY_MEANS_ABSENT and not item.has_presence):
        return lambda message: getattr(message, name)
    if item.has_presence:
        return lambda message: message.HasField(name)
    return None


def _missing(plan: _Plan, message: Message, prefix: str) -> Iterator[str]:
    for name, is_present in plan.required:
        if not is_present(message):
            yield prefix + name
    for name, within in plan.updated:
        if message.HasField(name):
            named = set(getattr(message, _MASK).paths)
            yield from _missing_in_update(within, getattr(message, name), named, f"{prefix}{name}.")
    yield from _missing_within(plan, message, prefix)


def _missing_in_update(
    plan: _Plan, message: Message, named: set[str], prefix: str
) -> Iterator[str]:
    for name, is_present in plan.required:
        if named & {name, _EVERYTHING} and not is_present(message):
            yield prefix + name
    yield from _missing_within(plan, message, prefix)


def _missing_within(plan: _Plan, message: Message, prefix: str) -> Iterator[str]:
    for name, within in plan.single:
        if message.HasField(name):
            yield from _missing(within, getattr(message, name), f"{prefix}{name}.")
    for name, within in plan.repeated:
        for index, item in enumerate(getattr(message, name)):
            yield from _missing(within, item, f"{prefix}{name}[{index}].")
