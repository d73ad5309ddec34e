"""A sandbox on a free port, in a thread of the test's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import uvicorn

from sandbox.serve import listen, server_config
from sandbox.settings import SandboxSettings
from sandbox.world import Sandbox
from tests.integration.sandbox.arca_client import ArcaClient, Certificate
from tests.support.clocks import StoppedClock

ISSUER = 20123456786
DEADLINE_SECONDS = 30


class SandboxClock(StoppedClock):
    """Stands at the real time, which is when certificates are issued, until a test moves it."""

    def restart(self) -> None:
        self._now = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    http: httpx.Client
    clock: SandboxClock
    smtp_port: int

    def reset(self) -> None:
        self.clock.restart()
        self.http.post("/sandbox/reset").raise_for_status()

    def certificate(self, cuit: int = ISSUER, alias: str = "campotech") -> Certificate:
        issued = self.http.post("/sandbox/arca/certificates", json={"cuit": cuit, "alias": alias})
        pems = issued.raise_for_status().json()
        return Certificate(pems["certificate"].encode(), pems["private_key"].encode())

    def certificate_for(self, request_pem: str) -> str:
        """Upload a certificate request, as an owner does, and return the certificate."""
        body = {"request": request_pem}
        issued = self.http.post("/sandbox/arca/certificate-requests", json=body)
        return str(issued.raise_for_status().json()["certificate"])

    def arca_client(self, certificate: Certificate | None = None) -> ArcaClient:
        """Return a client that holds no ticket yet, by default with a certificate of its own."""
        return ArcaClient(
            http=self.http,
            clock=self.clock,
            cuit=ISSUER,
            certificate=certificate or self.certificate(),
        )

    def put_fault(self, target: str, kind: str, **details: object) -> None:
        body = {"kind": kind, **details}
        self.http.put(f"/sandbox/faults/{target}", json=body).raise_for_status()

    def received(self, **query: str) -> list[dict[str, object]]:
        answer = self.http.get("/sandbox/received", params=query).json()
        listed: list[dict[str, object]] = answer["received"]
        return listed


@contextmanager
def running_sandbox(settings: SandboxSettings) -> Iterator[RunningSandbox]:
    clock = SandboxClock(datetime.now(UTC))
    listener = listen("127.0.0.1", 0)
    smtp_listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(server_config(Sandbox.open(settings, clock.now), smtp_listener))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with httpx.Client(base_url=url, timeout=DEADLINE_SECONDS) as http:
            yield RunningSandbox(http, clock, smtp_listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(DEADLINE_SECONDS)
        assert not thread.is_alive()
