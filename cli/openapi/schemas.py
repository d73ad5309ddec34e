"""Messages and enums of the contract as JSON Schema, each once, under its full name."""

from collections.abc import Collection, Iterator

from buf.validate import validate_pb2
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from cli.openapi.described import DescribedContract
from cli.openapi.rules import (
    Schema,
    in_words,
    list_keywords,
    number_keywords,
    rules_of,
    text_keywords,
    value_rules,
)
from cli.openapi.well_known import WELL_KNOWN

PATCH = ".Patch"

_INT64 = {"type": ["string", "integer"], "format": "int64", "pattern": "^-?[0-9]{1,19}$"}
_PLAIN: dict[int, Schema] = {
    FieldDescriptor.CPPTYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.CPPTYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.CPPTYPE_FLOAT: {"type": "number", "format": "float"},
    FieldDescriptor.CPPTYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.CPPTYPE_UINT32: {"type": "integer", "format": "uint32", "minimum": 0},
    FieldDescriptor.CPPTYPE_INT64: _INT64,
    FieldDescriptor.CPPTYPE_UINT64: {**_INT64, "pattern": "^[0-9]{1,20}$"},
}
_SET_BY_SERVER = {field_behavior_pb2.OUTPUT_ONLY, field_behavior_pb2.IDENTIFIER}


def behaviors_of(field: FieldDescriptor) -> set[int]:
    return set(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])


class Schemas:
    """Describes messages, and collects those that descriptions refer to."""

    def __init__(self, contract: DescribedContract) -> None:
        self._contract = contract
        self.components: dict[str, Schema] = {}

    def refer(self, message: Descriptor, *, is_patch: bool = False) -> Schema:
        """Return a reference to a message; one that changes a resource in part requires nothing."""
        if message.full_name in WELL_KNOWN:
            return dict(WELL_KNOWN[message.full_name])
        name = message.full_name + PATCH * is_patch
        if name not in self.components:
            # Known before it is complete, so that a message which contains its own kind ends here.
            self.components[name] = {}
            self.components[name] = self.describe(message, is_patch=is_patch)
        return {"$ref": f"#/components/schemas/{name}"}

    def describe(
        self, message: Descriptor, *, without: Collection[str] = (), is_patch: bool = False
    ) -> Schema:
        """Return the schema of a message in place, without some of its fields."""
        fields = [field for field in message.fields if field.name not in without]
        required = [
            field.json_name
            for field in fields
            if field_behavior_pb2.REQUIRED in behaviors_of(field) and not is_patch
        ]
        schema: Schema = {
            "type": "object",
            **_described(self._about(message)),
            "properties": {field.json_name: self.field(field) for field in fields},
        }
        return {**schema, "required": required} if required else schema

    def field(self, field: FieldDescriptor) -> Schema:
        """Return the schema of a field with its description."""
        schema = self._value_of(field)
        if field.is_repeated and not _is_map(field):
            schema = {"type": "array", "items": schema, **list_keywords(rules_of(field).repeated)}
        words = [self._contract.comment(field.full_name), *in_words(rules_of(field))]
        schema |= _described("\n\n".join(filter(None, words)))
        behaviors = behaviors_of(field)
        if field_behavior_pb2.REQUIRED in behaviors:
            schema |= _not_empty(field, schema)
        if behaviors & _SET_BY_SERVER:
            schema["readOnly"] = True
        if field_behavior_pb2.INPUT_ONLY in behaviors:
            schema["writeOnly"] = True
        return schema

    def _value_of(self, field: FieldDescriptor) -> Schema:
        rules = value_rules(field)
        if _is_map(field):
            entry = field.message_type
            assert entry is not None  # noqa: S101  # a map is a list of entries
            return {
                "type": "object",
                "additionalProperties": self._value_of(entry.fields_by_name["value"]),
            }
        if field.message_type is not None:
            return self.refer(field.message_type)
        if field.enum_type is not None:
            return self._enum(field.enum_type, rules)
        if field.type == FieldDescriptor.TYPE_BYTES:
            return {"type": "string", "contentEncoding": "base64"}
        if field.type == FieldDescriptor.TYPE_STRING:
            return {"type": "string", **text_keywords(rules)}
        return {**_PLAIN[field.cpp_type], **number_keywords(rules)}

    def _enum(self, enum: EnumDescriptor, rules: validate_pb2.FieldRules) -> Schema:
        excluded = set(rules.enum.not_in)
        if excluded:
            names = [value.name for value in enum.values if value.number not in excluded]
            return {"type": "string", "enum": names}
        if enum.full_name not in self.components:
            self.components[enum.full_name] = {
                "type": "string",
                "enum": [value.name for value in enum.values],
                **_described("\n".join(self._about_enum(enum))),
            }
        return {"$ref": f"#/components/schemas/{enum.full_name}"}

    def _about(self, message: Descriptor) -> str:
        rules = message.GetOptions().Extensions[validate_pb2.message]
        choices = [
            f"At most one of {', '.join(f'`{field.json_name}`' for field in oneof.fields)}."
            for oneof in message.oneofs
            if len(oneof.fields) > 1
        ]
        told = [self._contract.comment(message.full_name), *choices, *in_words(rules)]
        return "\n\n".join(filter(None, told))

    def _about_enum(self, enum: EnumDescriptor) -> Iterator[str]:
        yield self._contract.comment(enum.full_name)
        yield ""
        for value in enum.values:
            told = " ".join(self._contract.comment(f"{enum.full_name}.{value.name}").split())
            yield f"- `{value.name}`: {told}"


def _not_empty(field: FieldDescriptor, schema: Schema) -> Schema:
    """Return what it means that a text or a list is required: an empty one is none."""
    if field.is_repeated:
        return {"minItems": max(1, schema.get("minItems", 0))}
    return {"minLength": 1, **schema} if field.type == FieldDescriptor.TYPE_STRING else {}


def _described(text: str) -> Schema:
    return {"description": text} if text else {}


def _is_map(field: FieldDescriptor) -> bool:
    entry = field.message_type
    return entry is not None and bool(entry.GetOptions().map_entry)
