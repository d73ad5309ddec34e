"""The contract as the rules see it, read from the descriptors that are committed for Envoy."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from buf.validate import validate_pb2
from google.api import annotations_pb2, field_behavior_pb2, http_pb2, resource_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodOptions,
)
from google.protobuf.descriptor_pool import DescriptorPool

OURS: Final = "campotech."

# A descriptor addresses its comments by paths of field numbers and indices; descriptor.proto gives
# the numbers.
MESSAGE, ENUM, SERVICE = 4, 5, 6
FIELD, NESTED_MESSAGE, NESTED_ENUM, ONEOF = 2, 3, 4, 8
VALUE = 2
METHOD = 2

Path = tuple[int, ...]


@cache
def described_files() -> tuple[FileDescriptorProto, ...]:
    committed = files("campotech").joinpath("descriptors.binpb").read_bytes()
    return tuple(FileDescriptorSet.FromString(committed).file)


@cache
def contract_files() -> tuple[FileDescriptorProto, ...]:
    return tuple(file for file in described_files() if file.name.startswith("campotech/"))


@cache
def pool() -> DescriptorPool:
    everything = DescriptorPool()
    for file in described_files():
        everything.Add(file)
    return everything


def methods() -> list[MethodDescriptor]:
    return [
        pool().FindMethodByName(f"{file.package}.{service.name}.{method.name}")
        for file in contract_files()
        for service in file.service
        for method in service.method
    ]


def messages() -> Iterator[Descriptor]:
    for file in contract_files():
        for message in file.message_type:
            yield from _with_nested(pool().FindMessageTypeByName(f"{file.package}.{message.name}"))


def _with_nested(message: Descriptor) -> Iterator[Descriptor]:
    yield message
    for nested in message.nested_types:
        yield from _with_nested(nested)


def request_fields() -> list[FieldDescriptor]:
    """Return each field that a caller can fill in, those of messages within requests included."""
    reached: dict[str, Descriptor] = {}
    waiting = [method.input_type for method in methods()]
    while waiting:
        message = waiting.pop()
        if message.full_name.startswith(OURS) and message.full_name not in reached:
            reached[message.full_name] = message
            waiting += [field.message_type for field in message.fields if field.message_type]
    return [field for message in reached.values() for field in message.fields]


def settable_fields() -> list[FieldDescriptor]:
    """Return the request fields that are not ignored in requests."""
    ignored = {field_behavior_pb2.OUTPUT_ONLY, field_behavior_pb2.IDENTIFIER}
    return [field for field in request_fields() if not ignored.intersection(behaviors(field))]


def behaviors(field: FieldDescriptor) -> list[int]:
    return list(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])


def rules(field: FieldDescriptor) -> validate_pb2.FieldRules:
    return field.GetOptions().Extensions[validate_pb2.field]


def resource(message: Descriptor) -> resource_pb2.ResourceDescriptor:
    return message.GetOptions().Extensions[resource_pb2.resource]


def bindings(method: MethodDescriptor) -> list[http_pb2.HttpRule]:
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    return [rule, *rule.additional_bindings] if rule.WhichOneof("pattern") else []


def value_rules(field: FieldDescriptor) -> validate_pb2.FieldRules:
    """Return the rules of one value of the field, which for a repeated one are those of an item."""
    return rules(field).repeated.items if field.is_repeated else rules(field)


def http_call(binding: http_pb2.HttpRule) -> tuple[str, str]:
    """Return the HTTP method, as it is written in the contract, and the path."""
    verb = binding.WhichOneof("pattern")
    return verb, getattr(binding, verb)


def has_effect(method: MethodDescriptor) -> bool:
    return bool(method.GetOptions().idempotency_level != MethodOptions.NO_SIDE_EFFECTS)


def is_list(method: MethodDescriptor) -> bool:
    return method.name.startswith("List")


def is_update(method: MethodDescriptor) -> bool:
    return "update_mask" in method.input_type.fields_by_name


def is_webhook(method: MethodDescriptor) -> bool:
    """Tell whether an outside service calls it, which repeats itself under ids of its own."""
    return bool(method.containing_service.name == "WebhookService")


def is_bidirectional(method: MethodDescriptor) -> bool:
    return bool(method.client_streaming and method.server_streaming)


def elements(file: FileDescriptorProto) -> Iterator[tuple[Path, str]]:
    """Yield the path and name of everything that a reader meets in the file."""
    for index, message in enumerate(file.message_type):
        yield from _of_message((MESSAGE, index), message)
    for index, enum in enumerate(file.enum_type):
        yield from _of_enum((ENUM, index), enum)
    for index, service in enumerate(file.service):
        yield (SERVICE, index), service.name
        for number, method in enumerate(service.method):
            yield (SERVICE, index, METHOD, number), f"{service.name}.{method.name}"


def _of_message(path: Path, message: DescriptorProto) -> Iterator[tuple[Path, str]]:
    yield path, message.name
    for index, field in enumerate(message.field):
        yield (*path, FIELD, index), f"{message.name}.{field.name}"
    for index, oneof in enumerate(message.oneof_decl):
        # An `optional` field is stored as a oneof of one, under a name that nobody wrote.
        if not oneof.name.startswith("_"):
            yield (*path, ONEOF, index), f"{message.name}.{oneof.name}"
    for index, enum in enumerate(message.enum_type):
        yield from _of_enum((*path, NESTED_ENUM, index), enum)
    for index, nested in enumerate(message.nested_type):
        # The entries of a map are messages too, which nobody wrote.
        if not nested.options.map_entry:
            yield from _of_message((*path, NESTED_MESSAGE, index), nested)


def _of_enum(path: Path, enum: EnumDescriptorProto) -> Iterator[tuple[Path, str]]:
    yield path, enum.name
    for index, value in enumerate(enum.value):
        yield (*path, VALUE, index), value.name


def comments(file: FileDescriptorProto) -> dict[Path, str]:
    """Return the comment before each element, by the element's path."""
    return {
        tuple(location.path): location.leading_comments.strip()
        for location in file.source_code_info.location
    }


def method_comments() -> dict[str, str]:
    return {
        f"{file.package}.{service.name}.{method.name}": comments(file).get(
            (SERVICE, service_index, METHOD, method_index), ""
        )
        for file in contract_files()
        for service_index, service in enumerate(file.service)
        for method_index, method in enumerate(service.method)
    }
