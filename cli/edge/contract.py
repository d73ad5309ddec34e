"""What the edge has to know of the contract: its services, its methods, and its descriptors."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

from google.api import annotations_pb2, http_pb2
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.descriptor_pb2 import (
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

OUR_PACKAGES = "campotech."
# Every server has these beside the contract.
STANDARD_FILES = (health_pb2, reflection_pb2)
# Without them Envoy cannot print an error's details as JSON; no message of the contract uses them.
ERROR_FILES = (any_pb2, duration_pb2, status_pb2, error_details_pb2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One RPC: its path on the wire, and whether either side streams."""

    path: str
    is_stream: bool


@dataclass(frozen=True, slots=True)
class Contract:
    """All files of the contract, as the compiler described them."""

    files: FileDescriptorSet

    @classmethod
    def of_this_build(cls) -> Self:
        image = files("campotech").joinpath("descriptors.binpb").read_bytes()
        return cls(FileDescriptorSet.FromString(image))

    def services(self) -> list[str]:
        """Return our own services, which are the ones with JSON."""
        return sorted(
            f"{file.package}.{service.name}"
            for file in self._our_files()
            for service in file.service
        )

    def methods(self) -> list[Method]:
        """Return our methods, then those of standard health and reflection."""
        standard = [_file_of(module.DESCRIPTOR.serialized_pb) for module in STANDARD_FILES]
        return [method for file in (*self._our_files(), *standard) for method in _methods(file)]

    def json_prefixes(self) -> list[str]:
        """Return how the paths of our methods over JSON begin: `/api/` and the like."""
        paths = [
            path
            for file in self._our_files()
            for service in file.service
            for method in service.method
            for path in _json_paths(method)
        ]
        return sorted({f"/{path.split('/')[1]}/" for path in paths})

    def descriptors(self) -> bytes:
        """Return what a transcoder needs: the contract and the types of its errors."""
        known = {file.name for file in self.files.file}
        errors = [_file_of(module.DESCRIPTOR.serialized_pb) for module in ERROR_FILES]
        complete = FileDescriptorSet(
            file=[*self.files.file, *(file for file in errors if file.name not in known)]
        )
        return complete.SerializeToString(deterministic=True)

    def _our_files(self) -> list[FileDescriptorProto]:
        return [file for file in self.files.file if file.package.startswith(OUR_PACKAGES)]


def _file_of(serialized: bytes) -> FileDescriptorProto:
    return FileDescriptorProto.FromString(serialized)


def _methods(file: FileDescriptorProto) -> Iterator[Method]:
    for service in file.service:
        for method in service.method:
            yield Method(
                path=f"/{file.package}.{service.name}/{method.name}",
                is_stream=method.client_streaming or method.server_streaming,
            )


def _json_paths(method: MethodDescriptorProto) -> list[str]:
    rule = method.options.Extensions[annotations_pb2.http]
    rules = [rule, *rule.additional_bindings]
    return [path for each in rules if (path := _json_path(each))]


def _json_path(rule: http_pb2.HttpRule) -> str:
    verb = rule.WhichOneof("pattern")
    if verb is None:
        return ""
    return rule.custom.path if verb == "custom" else str(getattr(rule, verb))
