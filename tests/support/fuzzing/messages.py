"""Whole requests from their descriptors: some sound, some with a flaw or two, some all wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from buf.validate import validate_pb2
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tests.support.fuzzing.known_messages import sound, unsound
from tests.support.fuzzing.plain_values import (
    Values,
    allowed,
    made_by_one_of,
    one_of,
    unexpected,
)
from tests.support.fuzzing.vocabulary import ORGANIZATIONS, Vocabulary, collection_of

DARING = (0, 0, 0, 0, 8, 8, 30, 70)
FULLNESS = (0, 20, 45, 45, 80)
ALWAYS_WANTED = {"device", "name"}
RARELY_WANTED = {"page_token"}
MOST_NESTED = 5
FEW = 3
NOBODYS_IDS = (UUID(int=7), UUID(int=2**128 - 1), UUID("ef61022c-0897-4daa-b445-cf7e112b599b"))
"""The time inside some is none that any clock shows."""

_IGNORED = {field_behavior_pb2.OUTPUT_ONLY, field_behavior_pb2.IDENTIFIER}
_MESSAGE = FieldDescriptor.CPPTYPE_MESSAGE


@dataclass(frozen=True, slots=True)
class Style:
    """What is decided once for a request."""

    daring: int
    """How many fields of a hundred hold what nobody expects."""
    fullness: int
    """In how many of a hundred places for it a field is that may be left out."""


class Requests:
    """Makes up requests of any type of message."""

    def __init__(self, words: Vocabulary, chance: Random, *, seed: int) -> None:
        self._words = words
        self._chance = chance
        self._seed = seed
        self._values: dict[tuple[str, bool], Values] = {}
        self._wanted: dict[str, Likelihood] = {}

    def of(self, descriptor: Descriptor) -> Message:
        """Return a request of one type."""
        style = Style(self._chance.choice(DARING), self._chance.choice(FULLNESS))
        return self._message(descriptor, style, depth=0)

    def _message(self, descriptor: Descriptor, style: Style, *, depth: int) -> Message:
        message: Message = GetMessageClass(descriptor)()
        for field in descriptor.fields:
            if self._percentage() >= self._likelihood(field).with_style(style):
                continue
            is_odd = self._percentage() < style.daring
            for value in self._items(field, style, is_odd=is_odd, depth=depth):
                _put(message, field, value)
        return message

    def _percentage(self) -> int:
        return int(self._chance.random() * 100)

    def _likelihood(self, field: FieldDescriptor) -> "Likelihood":
        if field.full_name not in self._wanted:
            self._wanted[field.full_name] = _likelihood(field)
        return self._wanted[field.full_name]

    def _items(
        self, field: FieldDescriptor, style: Style, *, is_odd: bool, depth: int
    ) -> Sequence[Any]:
        def one() -> Any:
            if field.cpp_type == _MESSAGE:
                return self._nested(field, style, is_odd=is_odd, depth=depth)
            return self._plain(field, is_odd=is_odd)(self._chance)

        if not field.is_repeated:
            return [one()]
        rules: validate_pb2.RepeatedRules = (
            field.GetOptions().Extensions[validate_pb2.field].repeated
        )
        if is_odd:
            return [one()] * self._chance.choice([0, 2, rules.max_items + 1])
        return [one() for _ in range(self._chance.randint(max(1, rules.min_items), FEW))]

    def _nested(self, field: FieldDescriptor, style: Style, *, is_odd: bool, depth: int) -> Any:
        message, within = field.message_type, field.containing_type
        assert message is not None
        assert within is not None
        known = (unsound if is_odd else sound)(message, within, self._words)
        if known is not None:
            return known(self._chance)
        if depth == MOST_NESTED:
            return GetMessageClass(message)()
        return self._message(message, style, depth=depth + 1)

    def _plain(self, field: FieldDescriptor, *, is_odd: bool) -> Values:
        key = field.full_name, is_odd
        if key not in self._values:
            self._values[key] = self._odd(field) if is_odd else self._even(field)
        return self._values[key]

    def _even(self, field: FieldDescriptor) -> Values:
        collection = collection_of(field)
        if collection:
            return self._names(collection)
        anything = allowed(field, seed=self._seed)
        if field.name == "request_id":
            # One that was used is refused: most are new, and to cross two requests repeats one.
            return made_by_one_of(*[anything] * 7, one_of(self._words.request_ids))
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            known: Sequence[Any] = self._words.texts(field)
        else:
            known = self._words.numbers(field)
        return made_by_one_of(*[one_of(known)] * 3, anything) if known else anything

    def _names(self, collection: str) -> Values:
        nothing = one_of(sorted(_nothing(collection)))
        ours, theirs = (
            one_of(known) if (known := whose.get(collection)) else nothing
            for whose in (self._words.ours, self._words.theirs)
        )
        return made_by_one_of(*[ours] * 8, theirs, nothing)

    def _odd(self, field: FieldDescriptor) -> Values:
        if not collection_of(field):
            return unexpected(field)
        names = [name for known in self._words.ours.values() for name in known]
        name = one_of([*names, *self._words.foreign_names()])
        return made_by_one_of(
            unexpected(field),
            name,
            lambda chance: name(chance).upper(),
            lambda chance: "/".join([name(chance)] * 2),
        )


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How often a field is there."""

    is_required: bool
    is_ignored: bool
    is_rarely_wanted: bool

    def with_style(self, style: Style) -> int:
        """Return in how many requests of a hundred."""
        if self.is_required:
            return 100 - style.daring // 4
        if self.is_ignored:
            return style.daring
        return style.fullness // 3 if self.is_rarely_wanted else style.fullness


def _likelihood(field: FieldDescriptor) -> Likelihood:
    behaviors = set(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])
    return Likelihood(
        is_required=field_behavior_pb2.REQUIRED in behaviors or field.name in ALWAYS_WANTED,
        is_ignored=bool(behaviors & _IGNORED),
        is_rarely_wanted=field.name in RARELY_WANTED,
    )


def _nothing(collection: str) -> list[str]:
    """Return names of what does not exist, by ids of every kind."""
    whose = "" if collection == ORGANIZATIONS else f"{ORGANIZATIONS}/{NOBODYS_IDS[0]}/"
    return [f"{prefix}{collection}/{each}" for prefix in {"", whose} for each in NOBODYS_IDS]


def _put(message: Message, field: FieldDescriptor, value: Any) -> None:
    if field.is_repeated:
        getattr(message, field.name).append(value)
    elif field.cpp_type == _MESSAGE:
        getattr(message, field.name).CopyFrom(value)
    else:
        setattr(message, field.name, value)
