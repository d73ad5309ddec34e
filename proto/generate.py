"""Rebuilds everything under proto/gen from the contract: `make generate`."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.rpc import error_details_pb2

PROTO = Path(__file__).resolve().parent
DEPS = PROTO / ".deps"
GENERATED = PROTO / "gen" / "python"
OPENAPI = PROTO / "gen" / "openapi"
TYPESCRIPT = PROTO.parent / "clients" / "typescript"
TOOLS = Path(sys.executable).parent
PACKAGES = ("buf", "campotech")

PROTOVALIDATE = "github.com/bufbuild/protovalidate@v1.2.2"
# Go's checksum database vouches for this sum; said here too, no mirror can choose another content.
PROTOVALIDATE_SUM = "h1:2H/9/Kr97etSRqW3IJjTTb09z+zutkK2GDhDRbOnqr4="


def main() -> None:
    bring_dependencies()
    with TemporaryDirectory() as scratch:
        generate(Path(scratch))
        for package in PACKAGES:
            replace_changed(Path(scratch) / package, GENERATED / package)
        generate_openapi(Path(scratch) / "image.binpb", Path(scratch) / "openapi")
        replace_changed(Path(scratch) / "openapi", OPENAPI)
        if shutil.which("npm") is None:
            sys.stdout.write("Node is not installed: clients/typescript/src/gen stays as it is.\n")
            return
        generate_typescript(Path(scratch) / "image.binpb", Path(scratch) / "typescript")
        replace_changed(Path(scratch) / "typescript", TYPESCRIPT / "src" / "gen")


def bring_dependencies() -> None:
    """Fill proto/.deps with the .proto files of others; none of them is ours to commit."""
    wanted = DEPS / "wanted"
    shutil.rmtree(wanted, ignore_errors=True)
    validate = Path("buf/validate/validate.proto")
    copy(protovalidate_module() / "proto" / "protovalidate" / validate, wanted / validate)
    for source, relative in googleapis_files():
        copy(source, wanted / relative)
    for tree in ("buf", "google"):
        replace_changed(wanted / tree, DEPS / tree)
    shutil.rmtree(wanted)


def protovalidate_module() -> Path:
    if shutil.which("go") is None:
        sys.exit(
            "proto/generate.py: Go is not installed. The `go` command (1.21 or newer) brings"
            f" validate.proto, which is published only in the Go module {PROTOVALIDATE}."
            " Only `make generate` and `make check` need it: the generated code is committed."
        )
    module = json.loads(run("go", "mod", "download", "-json", PROTOVALIDATE))
    if module["Sum"] != PROTOVALIDATE_SUM:
        sys.exit(f"proto/generate.py: {PROTOVALIDATE} has the sum {module['Sum']}, not the pinned.")
    return Path(module["Dir"])


def googleapis_files() -> Iterator[tuple[Path, Path]]:
    wheel = distribution("googleapis-common-protos")
    for file in wheel.files or ():
        if file.suffix == ".proto" and file.parts[:2] in {("google", "api"), ("google", "type")}:
            yield Path(str(wheel.locate_file(file))), Path(file)


def generate(out: Path) -> None:
    image = out / "image.binpb"
    contract = ("--path", "proto/campotech", "--as-file-descriptor-set")
    run(TOOLS / "buf", "build", *contract, "--output", image)
    run(
        *(sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={image}"),
        *(f"--plugin={TOOLS}/protoc-gen-{name}" for name in ("mypy", "mypy_grpc")),
        *(f"--{kind}_out={out}" for kind in ("python", "grpc_python")),
        *(f"--mypy_out=quiet:{out}", f"--mypy_grpc_out=quiet,only_async:{out}"),
        *("buf/validate/validate.proto", *contract_files()),
    )
    write_descriptors(image, out / "campotech" / "descriptors.binpb")
    # For files without a service the plugin writes modules without content.
    for module in out.rglob("*_pb2_grpc.py*"):
        if not defines_service(module):
            module.unlink()
    for package in PACKAGES:
        (out / package / "py.typed").touch()


def generate_openapi(image: Path, out: Path) -> None:
    """Write the contract as it is over HTTP, in OpenAPI."""
    run(sys.executable, "-m", "cli.openapi", image, out / "campotech.json")


def generate_typescript(image: Path, out: Path) -> None:
    """Write the contract, all that it uses and the details of errors as TypeScript."""
    if not (TYPESCRIPT / "node_modules" / ".package-lock.json").exists():
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", TYPESCRIPT)
    contract = FileDescriptorSet.FromString(image.read_bytes())
    contract.file.add().ParseFromString(error_details_pb2.DESCRIPTOR.serialized_pb)
    with_errors = image.with_name("with_errors.binpb")
    with_errors.write_bytes(contract.SerializeToString())
    out.mkdir()
    run(
        *(sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={with_errors}"),
        f"--plugin={TYPESCRIPT}/node_modules/.bin/protoc-gen-es",
        *(f"--es_out={out}", "--es_opt=target=ts,import_extension=js"),
        *(file.name for file in contract.file if not file.name.startswith("google/protobuf/")),
    )


def write_descriptors(image: Path, descriptors: Path) -> None:
    """Write the contract as data, for Envoy's transcoder and for tests that read its comments."""
    contract = FileDescriptorSet.FromString(image.read_bytes())
    for file in contract.file:
        if not file.name.startswith("campotech/"):
            # The comments of others would be more than half of what is committed.
            file.ClearField("source_code_info")
    descriptors.write_bytes(contract.SerializeToString(deterministic=True))


def contract_files() -> Iterator[str]:
    for file in sorted(PROTO.glob("campotech/**/*.proto")):
        yield file.relative_to(PROTO).as_posix()


def defines_service(module: Path) -> bool:
    return any(line.startswith("class ") for line in module.read_text().splitlines())


def replace_changed(new: Path, old: Path) -> None:
    """Make `old` equal to `new`, leaving files alone that need no change."""
    for file in (path for path in old.rglob("*") if path.is_file()):
        if not (new / file.relative_to(old)).exists() and "__pycache__" not in file.parts:
            file.unlink()
    for file in (path for path in new.rglob("*") if path.is_file()):
        target = old / file.relative_to(new)
        if not target.exists() or target.read_bytes() != file.read_bytes():
            copy(file, target)


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Modules of Go are read-only, and copies of them must not be.
    shutil.copyfile(source, target)


def run(*command: str | Path) -> bytes:
    """Return what the command printed; what it complained about goes to our stderr."""
    finished = subprocess.run(command, cwd=PROTO.parent, stdout=subprocess.PIPE, check=False)
    if finished.returncode:
        sys.stderr.buffer.write(finished.stdout)
        sys.exit(f"proto/generate.py: {command[0]} failed; its complaint stands above.")
    return finished.stdout


if __name__ == "__main__":
    main()
