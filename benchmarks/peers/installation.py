"""Installs the peers from their locks into `.tools/peers`, once, and again when a lock changes."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import go_contract
from benchmarks.peers.peer import PeerMissingError

SOURCES = Path(__file__).parent
FOLDER = SOURCES.parents[1] / ".tools" / "peers"
_TIMEOUT_SECONDS = 600
_LONGEST_WORDS = 200


def install_python_peers() -> Path:
    """Return the folder with the programs of Celery and Procrastinate."""
    folder, lock = FOLDER / "python", SOURCES / "requirements.lock"
    programs = folder / "bin"
    if _is_new(folder, [lock]):
        uv = Path(sys.executable).with_name("uv")
        python = programs / "python"
        _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)])
        install = [str(uv), "pip", "install", "--quiet", "--python", str(python)]
        _run([*install, "--require-hashes", "-r", str(lock)])
        _note(folder, [lock])
    return programs


def install_node_peer(name: str, *programs: str) -> Path:
    """Return the folder with a peer's packages and these programs of ours."""
    folder, source = FOLDER / name, SOURCES / name
    files = [source / each for each in ("package.json", "package-lock.json", *programs)]
    if _is_new(folder, files):
        npm = _program("npm")
        _renew(folder, files)
        # Not `npm ci`: that refuses a lock which leaves out other systems' optional packages.
        install = [npm, "install", "--no-save", "--omit=optional", "--ignore-scripts"]
        _run([*install, "--no-audit", "--no-fund"], directory=folder)
        _note(folder, files)
    return folder


def build_river() -> Path:
    """Return the program that is River with our tasks."""
    folder, source = FOLDER / "river", SOURCES / "river"
    files = [source / name for name in ("go.mod", "go.sum", "main.go")]
    if _is_new(folder, files):
        go = _program("go")
        folder.mkdir(parents=True, exist_ok=True)
        _run([go, "build", "-o", str(folder / "river"), "."], directory=source)
        _note(folder, files)
    return folder / "river"


def build_go_server() -> Path:
    """Return the program that is GetJob on grpc-go."""
    folder, source = FOLDER / "go", SOURCES / "go"
    sources = [source / name for name in ("go.mod", "go.sum", "main.go")]
    files = [*sources, Path(go_contract.__file__)]
    if _is_new(folder, files):
        go = _program("go")
        _renew(folder, sources)
        generator, contract = folder / "protoc-gen-go", folder / "contract.binpb"
        module = "google.golang.org/protobuf/cmd/protoc-gen-go"
        _run([go, "build", "-o", str(generator), module], directory=folder)
        names = go_contract.write_contract(contract)
        _run(go_contract.compile_command(contract, generator, folder, names))
        _run([go, "build", "-o", str(folder / "getjob"), "."], directory=folder)
        _note(folder, files)
    return folder / "getjob"


def _renew(folder: Path, files: Sequence[Path]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise PeerMissingError(f"{name} is not installed.")
    return found


def _is_new(folder: Path, files: Sequence[Path]) -> bool:
    stamp = folder / "installed"
    return not stamp.exists() or stamp.read_text() != _digest(files)


def _note(folder: Path, files: Sequence[Path]) -> None:
    (folder / "installed").write_text(_digest(files))


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _run(command: Sequence[str], *, directory: Path | None = None) -> None:
    ended = subprocess.run(  # noqa: S603  # installers, with arguments of ours
        command,
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_SECONDS,
    )
    if ended.returncode != 0:
        words = " ".join(ended.stderr.split())[:_LONGEST_WORDS]
        raise PeerMissingError(f"{Path(command[0]).name} could not install it: {words}")
