"""GetJob in other languages: grpc-go with pgx, Fastify with pg."""

import asyncio
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.ghz import LoadFailedError
from benchmarks.peers.installation import build_go_server, install_node_peer
from benchmarks.peers.peer import PeerMissingError
from benchmarks.workshop import Database, Workshop
from cli.local_servers.children import Child

_READY_SECONDS = 20
_MARGIN_SECONDS = 30


@dataclass(frozen=True, slots=True)
class ReadServer:
    """A program that answers GetJob in its own way, and where."""

    address: str
    program: Child


@contextmanager
def go_server(workshop: Workshop, database: Database) -> Iterator[ReadServer]:
    """Yield grpc-go with pgx; raise PeerMissingError."""
    with _running(workshop, database, "go", [str(build_go_server())]) as server:
        yield server


@contextmanager
def fastify_server(workshop: Workshop, database: Database) -> Iterator[ReadServer]:
    """Yield Fastify with pg; raise PeerMissingError."""
    folder = install_node_peer("fastify", "server.js", "load.js")
    command = [_node(), str(folder / "server.js")]
    with _running(workshop, database, "fastify", command) as server:
        yield server


@contextmanager
def _running(
    workshop: Workshop, database: Database, name: str, command: Sequence[str]
) -> Iterator[ReadServer]:
    port = workshop.hold_port()
    program = workshop.start(
        name, [*command, str(port)], environment={"BENCH_DATABASE_URL": database.app_url}
    )
    try:
        yield ReadServer(f"127.0.0.1:{port}", program)
    finally:
        program.stop(timeout_seconds=10)


async def load_fastify(
    server: ReadServer, names: Sequence[str], *, seconds: float, connections: int, folder: Path
) -> Mapping[str, float]:
    """Run autocannon; return its calls, seconds, p50 and p99 in milliseconds.

    Raises LoadFailedError unless every call succeeded.
    """
    await _wait_until_answering(server, names[0])
    paths = folder / "paths.json"
    paths.write_text(json.dumps([f"/{name}" for name in names]))
    program = install_node_peer("fastify", "server.js", "load.js") / "load.js"
    url = f"http://{server.address}"
    command = [_node(), str(program), url, str(round(seconds)), str(connections), str(paths)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(seconds + _MARGIN_SECONDS):
        out, _ = await process.communicate()
    report: dict[str, float] = json.loads(out)
    if report.pop("failures"):
        raise LoadFailedError(f"Fastify: {out.decode()}")
    return report


async def _wait_until_answering(server: ReadServer, name: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                answer = await client.get(f"http://{server.address}/{name}")
                answer.raise_for_status()
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.1)
            else:
                return


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        raise PeerMissingError("node is not installed.")
    return found
