"""The messages of GetJob as Go code: the contract without the options that no Go module knows."""

import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

from cli.edge.contract import Contract

GO_PACKAGE = "campotech-benchmark-go/pb"
_WANTED = "campotech/jobs/v1/jobs.proto"
_ONLY_OPTIONS = ("google/api/", "buf/validate/")
_OF_THE_RUNTIME = "google/protobuf/"


def write_contract(path: Path) -> list[str]:
    """Write what `protoc` reads; return the files that it shall generate code for."""
    by_name = {file.name: file for file in Contract.of_this_build().files.file}
    needed: dict[str, FileDescriptorProto] = {}
    _collect(_WANTED, by_name, needed)
    path.write_bytes(FileDescriptorSet(file=needed.values()).SerializeToString())
    return [name for name in needed if not name.startswith(_OF_THE_RUNTIME)]


def compile_command(contract: Path, plugin: Path, folder: Path, names: list[str]) -> list[str]:
    """Return the command line that writes `pb/*.go` into a folder."""
    return [
        sys.executable,
        "-m",
        "grpc_tools.protoc",
        f"--descriptor_set_in={contract}",
        f"--plugin=protoc-gen-go={plugin}",
        f"--go_out={folder}",
        "--go_opt=module=campotech-benchmark-go",
        *names,
    ]


def _collect(
    name: str,
    by_name: dict[str, FileDescriptorProto],
    needed: dict[str, FileDescriptorProto],
) -> None:
    """Add a file after all that it needs."""
    if name in needed or name.startswith(_ONLY_OPTIONS):
        return
    file = by_name[name]
    for dependency in file.dependency:
        _collect(dependency, by_name, needed)
    needed[name] = file if name.startswith(_OF_THE_RUNTIME) else _plain(file)


def _plain(file: FileDescriptorProto) -> FileDescriptorProto:
    """Return a file without options and comments, in the one Go package that all are in."""
    plain = FileDescriptorProto()
    plain.CopyFrom(file)
    plain.ClearField("source_code_info")
    plain.ClearField("options")
    plain.options.go_package = GO_PACKAGE
    plain.ClearField("service")
    plain.ClearField("dependency")
    plain.ClearField("public_dependency")
    plain.dependency.extend(name for name in file.dependency if not name.startswith(_ONLY_OPTIONS))
    for message in plain.message_type:
        _strip(message)
    return plain


def _strip(message: DescriptorProto) -> None:
    message.ClearField("options")
    for field in message.field:
        field.ClearField("options")
    for nested in message.nested_type:
        is_map_entry = nested.options.map_entry
        _strip(nested)
        if is_map_entry:
            nested.options.map_entry = True
