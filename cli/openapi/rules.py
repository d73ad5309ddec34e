"""What the contract's rules say of a value, in the words of JSON Schema, as far as it has them."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor

Schema: TypeAlias = dict[str, Any]

_LIMITS = {"gt": "exclusiveMinimum", "gte": "minimum", "lt": "exclusiveMaximum", "lte": "maximum"}


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    rules: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]
    return rules


def value_rules(field: FieldDescriptor) -> validate_pb2.FieldRules:
    """Return the rules of one value of a field, of a repeated one those of an item."""
    rules = rules_of(field)
    return rules.repeated.items if field.is_repeated else rules


def text_keywords(rules: validate_pb2.FieldRules) -> Schema:
    """Return what the rules say of a text."""
    text = rules.string
    may_be_empty = rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE
    keywords: Schema = {}
    if text.pattern:
        keywords["pattern"] = f"^$|{text.pattern}" if may_be_empty else text.pattern
    if text.uuid:
        keywords |= {"pattern": f"{'^$|' if may_be_empty else ''}{UUID_PATTERN}"}
    if text.min_len:
        keywords["minLength"] = text.min_len
    if text.max_len:
        keywords["maxLength"] = text.max_len
    return keywords


UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def number_keywords(rules: validate_pb2.FieldRules) -> Mapping[str, float]:
    """Return what the rules say of a number."""
    kind = rules.WhichOneof("type")
    if kind is None or not hasattr(getattr(rules, kind), "gte"):
        return {}
    numbers = getattr(rules, kind)
    chosen = (numbers.WhichOneof("greater_than"), numbers.WhichOneof("less_than"))
    return {_LIMITS[limit]: getattr(numbers, limit) for limit in chosen if limit}


def list_keywords(rules: validate_pb2.RepeatedRules) -> Schema:
    """Return what the rules say of a list as a whole."""
    keywords: Schema = {}
    if rules.min_items:
        keywords["minItems"] = rules.min_items
    if rules.max_items:
        keywords["maxItems"] = rules.max_items
    if rules.unique:
        keywords["uniqueItems"] = True
    return keywords


def in_words(rules: validate_pb2.FieldRules | validate_pb2.MessageRules) -> list[str]:
    """Return the rules that JSON Schema has no keyword for, as they are told to callers."""
    return [f"Rule: {rule.message}." for rule in rules.cel]
