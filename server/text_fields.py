"""The text in a request, found by a plan per type of message, so that all of it can be checked."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

NUL = "\0"


@dataclass(slots=True)
class _Plan:
    """Where one type of message holds text, itself and in messages within it."""

    single: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    messages: list[tuple[str, "_Plan"]] = field(default_factory=list)
    message_lists: list[tuple[str, "_Plan"]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.single or self.repeated or self.messages or self.message_lists)


class TextFields:
    """Finds the text that no database can hold: what contains the character NUL."""

    def __init__(self) -> None:
        self._plans: dict[str, _Plan] = {}

    def with_nul_in(self, message: Message) -> list[str]:
        """Return the paths of text with a NUL: `job.description`."""
        plan = self._plan(message.DESCRIPTOR)  # type: ignore[arg-type]  # upb's class, used alike
        return list(_with_nul(plan, message, ""))

    def _plan(self, descriptor: Descriptor) -> _Plan:
        known = self._plans.get(descriptor.full_name)
        if known is not None:
            return known
        # Known before it is complete, so that a message which contains its own kind ends here.
        plan = self._plans[descriptor.full_name] = _Plan()
        for item in descriptor.fields:
            if item.type == FieldDescriptor.TYPE_STRING:
                (plan.repeated if item.is_repeated else plan.single).append(item.name)
            elif item.message_type is not None and not item.message_type.GetOptions().map_entry:
                within = self._plan(item.message_type)
                if not within.is_empty:
                    lists = plan.message_lists if item.is_repeated else plan.messages
                    lists.append((item.name, within))
        return plan


def _with_nul(plan: _Plan, message: Message, prefix: str) -> Iterator[str]:
    for name in plan.single:
        if NUL in getattr(message, name):
            yield prefix + name
    for name in plan.repeated:
        for index, text in enumerate(getattr(message, name)):
            if NUL in text:
                yield f"{prefix}{name}[{index}]"
    for name, within in plan.messages:
        if message.HasField(name):
            yield from _with_nul(within, getattr(message, name), f"{prefix}{name}.")
    for name, within in plan.message_lists:
        for index, item in enumerate(getattr(message, name)):
            yield from _with_nul(within, item, f"{prefix}{name}[{index}].")
