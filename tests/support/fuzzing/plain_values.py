"""Values of single fields: those that the contract's rules allow, and those that nobody expects."""

import math
import struct
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any, TypeAlias
from uuid import UUID

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor

from tests.support.fuzzing.texts import a_text, any_text, texts_like

Values: TypeAlias = Callable[[Random], Any]
"""What makes a value of some kind, another one each time."""

LONG = 20_000

HOSTILE_TEXTS = (
    "",
    " ",
    "\0",
    "Sin\0agua",
    "\x01\x1b[31m\x7f",
    "\r\nX-Injected: 1",
    "\u202e\u200b\ufeff",
    "\U0001f527" * 50,
    "e" + "\u0301" * 500,
    "\uffff\ufffe",
    "' OR 1=1 --",
    "'; DROP TABLE jobs; --",
    "%s%n%(name)s{0}{name}${jndi:x}",
    "../../../../etc/passwd",
    "organizations//jobs/",
    "organizations/-/jobs/-",
    "jobs/00000000-0000-0000-0000-000000000000",
    "jobs/ffffffff-ffff-ffff-ffff-ffffffffffff",
    "jobs/------------------------------------",
    "9999-12-31T23:59:59.999999999Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31",
    "2026-02-30",
    "20260301",
    "2026-W10-7",
    "2026-03-01T12:00:00+99:99",
    "-1",
    "9" * 400,
    "1e309",
    "NaN",
    "\u0661\u0662\u0663",
    "null",
    "x" * 201,
    "x" * 2001,
    "ñ" * LONG,
)

_BITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_FLOATING = {FieldDescriptor.CPPTYPE_FLOAT: 32, FieldDescriptor.CPPTYPE_DOUBLE: 64}
_LARGE = 10**6


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    """Return the rules of one value of a field."""
    rules: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]
    return rules.repeated.items if field.is_repeated else rules


def one_of(values: Sequence[Any]) -> Values:
    """Return what chooses one of these."""
    return lambda chance: chance.choice(values)


def made_by_one_of(*makers: Values) -> Values:
    """Return what lets one of these make a value; what stands there twice does so more often."""
    return lambda chance: chance.choice(makers)(chance)


def allowed(field: FieldDescriptor, *, seed: int) -> Values:
    """Return values that keep the rules of a field."""
    rules = rules_of(field)
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_BOOL:
            return one_of([False, True])
        case FieldDescriptor.CPPTYPE_ENUM:
            return one_of(_defined(field, rules.enum))
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            return partial(_bytes, longest=40)
        case FieldDescriptor.CPPTYPE_STRING:
            return _allowed_text(rules.string, seed)
        case kind if kind in _FLOATING:
            low, high = _bounds(field, rules, -_LARGE, _LARGE)
            return lambda chance: chance.uniform(low, math.nextafter(high, low))
    low, high = _bounds(field, rules, 0, _LARGE)
    return partial(_whole_number, low=int(low), high=int(high))


def unexpected(field: FieldDescriptor) -> Values:
    """Return values at the edges of a field's type and beyond its rules."""
    rules = rules_of(field)
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_BOOL:
            return one_of([False, True])
        case FieldDescriptor.CPPTYPE_ENUM:
            return one_of([0, -1, 77, 2**31 - 1, -(2**31)])
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            return made_by_one_of(partial(_bytes, longest=200), one_of([b"\0" * LONG]))
        case FieldDescriptor.CPPTYPE_STRING:
            too_long = "x" * (rules.string.max_len + 1)
            return made_by_one_of(one_of(HOSTILE_TEXTS), any_text, one_of([too_long]))
        case kind if kind in _FLOATING:
            low, high = _bounds(field, rules, -1e38, 1e38)
            strange = [math.nan, math.inf, -math.inf, -0.0, 5e-324, low, high]
            return made_by_one_of(one_of(strange), _any_float)
    least, most = _BITS[field.cpp_type]
    low, high = _bounds(field, rules, least, most)
    edges = {least, most, 0, -1, 1, 2**31, 2**53, int(low), int(low) - 1, int(high), int(high) + 1}
    return one_of(sorted(edge for edge in edges if least <= edge <= most))


def _bytes(chance: Random, *, longest: int) -> bytes:
    return chance.randbytes(chance.randint(0, longest))


def _whole_number(chance: Random, *, low: int, high: int) -> int:
    return chance.choice(
        [low, high, chance.randint(low, min(high, low + 10)), chance.randint(low, high)]
    )


def _any_float(chance: Random) -> float:
    """Return a number of any size, from all the bits that make one."""
    (number,) = struct.unpack("<f", chance.randbytes(4))
    return float(number)


def _defined(field: FieldDescriptor, rules: validate_pb2.EnumRules) -> Sequence[int]:
    kind = field.enum_type
    assert kind is not None
    return [value.number for value in kind.values if value.number not in {0, *rules.not_in}]


def _allowed_text(rules: validate_pb2.StringRules, seed: int) -> Values:
    if rules.uuid:
        return lambda chance: str(UUID(int=chance.getrandbits(128), version=4))
    if rules.pattern:
        return one_of(texts_like(rules.pattern, seed))
    longest = rules.max_len or 1000
    short = partial(a_text, shortest=max(rules.min_len, 1), longest=min(longest, 20))
    return made_by_one_of(*[short] * 5, one_of(["ñ" * longest]))


def _bounds(
    field: FieldDescriptor, rules: validate_pb2.FieldRules, low: float, high: float
) -> tuple[float, float]:
    kind = rules.WhichOneof("type")
    if kind is None:
        return low, high
    numbers = getattr(rules, kind)
    step = 0 if field.cpp_type in _FLOATING else 1
    match numbers.WhichOneof("greater_than"):
        case "gt":
            low = numbers.gt + step
        case "gte":
            low = numbers.gte
    match numbers.WhichOneof("less_than"):
        case "lt":
            high = numbers.lt - step
        case "lte":
            high = numbers.lte
    return low, max(low, high)
