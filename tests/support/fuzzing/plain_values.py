"""Values of single fields: those that the contract's rules allow, and those that nobody expects."""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import strategies as st

Values: TypeAlias = st.SearchStrategy[Any]

LONG = 20_000
TEXT = st.characters(codec="utf-8", exclude_characters="\0")
ANY_TEXT = st.characters(codec="utf-8")

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


def allowed(field: FieldDescriptor) -> Values:
    """Return values that keep the rules of a field."""
    rules = rules_of(field)
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_BOOL:
            return st.booleans()
        case FieldDescriptor.CPPTYPE_ENUM:
            return st.sampled_from(_defined(field, rules.enum))
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            return st.binary(max_size=40)
        case FieldDescriptor.CPPTYPE_STRING:
            return _allowed_text(rules.string)
        case kind if kind in _FLOATING:
            low, high = _bounds(field, rules, -_LARGE, _LARGE)
            return st.floats(low, math.nextafter(high, low), width=64).map(float)
    low, high = _bounds(field, rules, 0, _LARGE)
    return st.integers(int(low), int(high))


def unexpected(field: FieldDescriptor) -> Values:
    """Return values at the edges of a field's type and beyond its rules."""
    rules = rules_of(field)
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_BOOL:
            return st.booleans()
        case FieldDescriptor.CPPTYPE_ENUM:
            return st.sampled_from([0, -1, 77, 2**31 - 1, -(2**31)])
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            return st.one_of(st.binary(max_size=200), st.just(b"\0" * LONG))
        case FieldDescriptor.CPPTYPE_STRING:
            return st.one_of(
                st.sampled_from(HOSTILE_TEXTS), st.text(ANY_TEXT, max_size=60), _too_long(rules)
            )
        case kind if kind in _FLOATING:
            low, high = _bounds(field, rules, -1e38, 1e38)
            strange = [math.nan, math.inf, -math.inf, -0.0, 5e-324, low, high]
            return st.one_of(st.sampled_from(strange), st.floats(width=32))
    least, most = _BITS[field.cpp_type]
    low, high = _bounds(field, rules, least, most)
    edges = {least, most, 0, -1, 1, 2**31, 2**53, int(low), int(low) - 1, int(high), int(high) + 1}
    return st.sampled_from(sorted(edge for edge in edges if least <= edge <= most))


def _defined(field: FieldDescriptor, rules: validate_pb2.EnumRules) -> Sequence[int]:
    kind = field.enum_type
    assert kind is not None
    return [value.number for value in kind.values if value.number not in {0, *rules.not_in}]


def _allowed_text(rules: validate_pb2.StringRules) -> Values:
    if rules.uuid:
        return st.uuids(version=4).map(str)
    if rules.pattern:
        return st.from_regex(rules.pattern, fullmatch=True, alphabet=TEXT)
    longest = rules.max_len or 1000
    short = st.text(TEXT, min_size=max(rules.min_len, 1), max_size=min(longest, 20))
    return st.one_of(short, short, short, st.just("ñ" * longest))


def _too_long(rules: validate_pb2.FieldRules) -> Values:
    return st.just("x" * (rules.string.max_len + 1))


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
