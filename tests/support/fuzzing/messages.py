"""Whole requests from their descriptors: some sound, some with a flaw or two, some all wrong."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from buf.validate import validate_pb2
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from tests.support.fuzzing.known_messages import sound, unsound
from tests.support.fuzzing.plain_values import Values, allowed, unexpected
from tests.support.fuzzing.vocabulary import ORGANIZATIONS, Vocabulary, collection_of

DARING = st.sampled_from([0, 0, 0, 8, 8, 30, 70])
"""How many fields of a hundred hold what nobody expects; it is chosen once for a request."""
MOST_NESTED = 5
FEW = 3
NOBODYS_IDS = (UUID(int=7), UUID(int=2**128 - 1), UUID("ef61022c-0897-4daa-b445-cf7e112b599b"))
"""The time inside some is none that any clock shows."""

_TWO_PERCENTAGES = st.integers(0, 9999)
_IGNORED = {field_behavior_pb2.OUTPUT_ONLY, field_behavior_pb2.IDENTIFIER}
_MESSAGE = FieldDescriptor.CPPTYPE_MESSAGE


class Requests:
    """Makes up requests of any type of message."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        self._values: dict[tuple[str, bool], Values] = {}

    def of(self, descriptor: Descriptor) -> Values:
        """Return requests of one type."""

        @st.composite
        def requests(draw: st.DrawFn) -> Message:
            return self._message(draw, descriptor, daring=draw(DARING), depth=0)

        return requests()

    def _message(
        self, draw: st.DrawFn, descriptor: Descriptor, *, daring: int, depth: int
    ) -> Message:
        message: Message = GetMessageClass(descriptor)()
        for field in descriptor.fields:
            # One draw for two decisions: most of what a request costs is the number of draws.
            presence, oddity = divmod(draw(_TWO_PERCENTAGES), 100)
            if presence >= _likelihood(field, daring=daring):
                continue
            is_odd = oddity < daring
            for value in self._items(draw, field, is_odd=is_odd, daring=daring, depth=depth):
                _put(message, field, value)
        return message

    def _items(
        self, draw: st.DrawFn, field: FieldDescriptor, *, is_odd: bool, daring: int, depth: int
    ) -> Sequence[Any]:
        def one() -> Any:
            if field.cpp_type == _MESSAGE:
                return self._nested(draw, field, is_odd=is_odd, daring=daring, depth=depth)
            return draw(self._plain(field, is_odd=is_odd))

        if not field.is_repeated:
            return [one()]
        rules: validate_pb2.RepeatedRules = (
            field.GetOptions().Extensions[validate_pb2.field].repeated
        )
        if is_odd:
            return [one()] * draw(st.sampled_from([0, 2, rules.max_items + 1]))
        return [one() for _ in range(draw(st.integers(max(1, rules.min_items), FEW)))]

    def _nested(
        self, draw: st.DrawFn, field: FieldDescriptor, *, is_odd: bool, daring: int, depth: int
    ) -> Any:
        message, within = field.message_type, field.containing_type
        assert message is not None
        assert within is not None
        known = (unsound if is_odd else sound)(message, within, self._words)
        if known is not None:
            return draw(known)
        if depth == MOST_NESTED:
            return GetMessageClass(message)()
        return self._message(draw, message, daring=daring, depth=depth + 1)

    def _plain(self, field: FieldDescriptor, *, is_odd: bool) -> Values:
        key = field.full_name, is_odd
        if key not in self._values:
            self._values[key] = self._odd(field) if is_odd else self._even(field)
        return self._values[key]

    def _even(self, field: FieldDescriptor) -> Values:
        collection = collection_of(field)
        if collection:
            return self._names(collection)
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            known: Sequence[Any] = self._words.texts(field)
        else:
            known = self._words.numbers(field)
        if not known:
            return allowed(field)
        return st.one_of(st.sampled_from(known), st.sampled_from(known), allowed(field))

    def _names(self, collection: str) -> Values:
        nothing = st.sampled_from(sorted(_nothing(collection)))
        ours, theirs = (
            st.sampled_from(known) if (known := whose.get(collection)) else nothing
            for whose in (self._words.ours, self._words.theirs)
        )
        return st.one_of(ours, ours, ours, ours, ours, theirs, nothing)

    def _odd(self, field: FieldDescriptor) -> Values:
        if not collection_of(field):
            return unexpected(field)
        foreign = self._words.foreign_names()
        names = [name for names in self._words.ours.values() for name in names] + foreign
        return st.one_of(
            unexpected(field),
            st.sampled_from(names),
            st.sampled_from(names).map(str.upper),
            st.sampled_from(names).map(lambda name: f"{name}/{name}"),
        )


def _likelihood(field: FieldDescriptor, *, daring: int) -> int:
    """Return in how many requests of a hundred a field is there."""
    behaviors = set(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])
    if field_behavior_pb2.REQUIRED in behaviors or field.name in {"name", "etag"}:
        return 100 - daring // 4
    return 10 if behaviors & _IGNORED else 45


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
