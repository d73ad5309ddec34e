"""The contract with its comments, as those who describe it read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from google.protobuf.descriptor_pool import DescriptorPool

OURS = "campotech."

# A descriptor addresses its comments by paths of field numbers and indices; descriptor.proto gives
# the numbers.
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6
_FIELD, _NESTED_MESSAGE, _NESTED_ENUM = 2, 3, 4
_VALUE = 2
_METHOD = 2

_Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DescribedContract:
    """Every method in the order of the files, and every comment by the full name of its element."""

    methods: tuple[MethodDescriptor, ...]
    comments: dict[str, str]

    @classmethod
    def of(cls, files: FileDescriptorSet) -> Self:
        pool = DescriptorPool()
        for file in files.file:
            pool.Add(file)
        ours = [file for file in files.file if file.package.startswith(OURS)]
        methods = tuple(
            pool.FindMethodByName(f"{file.package}.{service.name}.{method.name}")
            for file in ours
            for service in file.service
            for method in service.method
        )
        return cls(methods, {name: text for file in ours for name, text in _comments(file)})

    def comment(self, full_name: str) -> str:
        return self.comments.get(full_name, "")


def bindings_of(method: MethodDescriptor) -> list[http_pb2.HttpRule]:
    """Return the HTTP calls that are this method; a bidirectional stream has none."""
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    return [rule, *rule.additional_bindings] if rule.WhichOneof("pattern") else []


def _comments(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    at = {
        tuple(location.path): _unwrapped(location.leading_comments)
        for location in file.source_code_info.location
        if location.leading_comments
    }
    for path, name in _elements(file):
        if path in at:
            yield f"{file.package}.{name}", at[path]


def _unwrapped(comment: str) -> str:
    """Return a comment without the space that begins each line."""
    return "\n".join(line.removeprefix(" ") for line in comment.strip("\n").splitlines()).strip()


def _elements(file: FileDescriptorProto) -> Iterator[tuple[_Path, str]]:
    for index, message in enumerate(file.message_type):
        yield from _of_message((_MESSAGE, index), message, "")
    for index, enum in enumerate(file.enum_type):
        yield from _of_enum((_ENUM, index), enum, "")
    for index, service in enumerate(file.service):
        yield (_SERVICE, index), service.name
        for number, method in enumerate(service.method):
            yield (_SERVICE, index, _METHOD, number), f"{service.name}.{method.name}"


def _of_message(path: _Path, message: DescriptorProto, within: str) -> Iterator[tuple[_Path, str]]:
    name = f"{within}{message.name}"
    yield path, name
    for index, field in enumerate(message.field):
        yield (*path, _FIELD, index), f"{name}.{field.name}"
    for index, enum in enumerate(message.enum_type):
        yield from _of_enum((*path, _NESTED_ENUM, index), enum, f"{name}.")
    for index, nested in enumerate(message.nested_type):
        yield from _of_message((*path, _NESTED_MESSAGE, index), nested, f"{name}.")


def _of_enum(path: _Path, enum: EnumDescriptorProto, within: str) -> Iterator[tuple[_Path, str]]:
    name = f"{within}{enum.name}"
    yield path, name
    for index, value in enumerate(enum.value):
        yield (*path, _VALUE, index), f"{name}.{value.name}"
