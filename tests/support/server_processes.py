"""`python -m server` as processes on free ports, and what a test does to them."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client.parser import text_string_to_metric_families

from cli.local_servers.ports import HeldPorts
from tests.architecture.repository import ROOT
from tests.support.servers import Database
from tests.support.token_issuer import TokenIssuer
from tests.support.waiting import eventually

STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class ServerProcesses:
    """A parent and its children."""

    parent: subprocess.Popen[bytes]
    issuer: TokenIssuer
    grpc_port: int
    private_port_base: int
    metrics_port: int
    log_path: Path

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    def private_address(self, index: int) -> str:
        return f"127.0.0.1:{self.private_port_base + index}"

    def children(self) -> dict[int, int]:
        """Return the pid of each child that lives, by its index."""
        return {
            int(process.arguments[-1]): process.pid
            for process in living_processes()
            if process.parent == self.parent.pid and "--child" in process.arguments
        }

    def metric(self, name: str, **labels: str) -> float:
        """Return a sample of the merged metrics, 0 while there is none."""
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            text = answer.read().decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def log(self) -> str:
        return self.log_path.read_text()

    def stop(self) -> int:
        """Ask the parent to stop and return its exit code."""
        self.parent.send_signal(signal.SIGTERM)
        return self.parent.wait(STOP_SECONDS)


@dataclass(frozen=True, slots=True)
class Process:
    """A process as `ps` lists it."""

    pid: int
    parent: int
    arguments: list[str]


def living_processes() -> list[Process]:
    """Return every process that is not just waiting to be forgotten."""
    listed = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,stat=,args="],  # noqa: S607 -- wherever ps is
        capture_output=True,
        check=True,
        text=True,
    )
    rows = (line.split(maxsplit=3) for line in listed.stdout.splitlines())
    return [
        Process(int(row[0]), int(row[1]), row[3].split())
        for row in rows
        if len(row) == 4 and not row[2].startswith("Z")
    ]


def is_alive(pid: int) -> bool:
    return any(process.pid == pid for process in living_processes())


async def is_serving(address: str) -> bool:
    """Return whether a server says at an address that it takes calls."""
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=1
            )
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@contextmanager
def server_processes(
    database: Database, valkey_url: str, folder: Path, *, count: int = 2, **settings: Any
) -> Iterator[ServerProcesses]:
    """Yield a started server; it need not be ready. No process of it outlives the block."""
    issuer = TokenIssuer(folder)
    with HeldPorts() as ports:
        grpc_port = ports.hold_any()
        private_port_base = ports.hold_consecutive(count)
        metrics_port = ports.hold_any()
        environment = {
            "CAMPOTECH_JWKS_URL": issuer.jwks_url,
            "CAMPOTECH_GRPC_PORT": str(grpc_port),
            "CAMPOTECH_PRIVATE_PORT_BASE": str(private_port_base),
            "CAMPOTECH_METRICS_PORT": str(metrics_port),
            "CAMPOTECH_METRICS_DIR": str(folder / "metrics"),
            "CAMPOTECH_SERVER_PROCESSES": str(count),
            "CAMPOTECH_DRAIN_SECONDS": "0.2",
            **outside(database, valkey_url),
            **{f"CAMPOTECH_{name.upper()}": str(value) for name, value in settings.items()},
        }
        log_path = folder / "server.log"
        with log_path.open("wb") as log:
            parent = run_server(environment, stderr=log)
        running = ServerProcesses(
            parent, issuer, grpc_port, private_port_base, metrics_port, log_path
        )
        family: list[int] = []
        try:
            eventually(lambda: parent.poll() is not None or len(running.children()) == count)
            family = list(running.children().values()) if parent.poll() is None else []
            yield running
        finally:
            _end(parent, family)


def run_server(
    environment: Mapping[str, str], *, stderr: int | IO[bytes] = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """Start `python -m server` with these settings and no others."""
    clean = {name: value for name, value in os.environ.items() if "CAMPOTECH" not in name}
    return subprocess.Popen(
        [sys.executable, "-m", "server"],
        cwd=ROOT,
        env={**clean, **environment},
        stdin=subprocess.DEVNULL,
        stderr=stderr,
    )


def outside(database: Database, valkey_url: str) -> dict[str, str]:
    """Return the settings of what the server stands on."""
    return {
        "CAMPOTECH_DATABASE_URL": database.app_url,
        "CAMPOTECH_DATABASE_SYSTEM_URL": database.system_url,
        "CAMPOTECH_REDIS_URL": valkey_url,
    }


def _end(parent: subprocess.Popen[bytes], family: list[int]) -> None:
    if parent.poll() is None:
        parent.kill()
        parent.wait(STOP_SECONDS)
    # A killed parent's children end by themselves; a test that proves it looked before.
    eventually(lambda: not any(map(is_alive, family)))
