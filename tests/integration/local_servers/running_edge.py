"""An Envoy of our configuration, for tests to stand servers behind."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

from cli.edge.caller_limit import CallerLimit
from cli.edge.configuration import Edge
from cli.local_servers.children import Child, Children
from cli.local_servers.envoy import LocalEnvoy
from cli.local_servers.ports import LOOPBACK, HeldPorts

WEB_PAGE = "http://localhost:3000"
NO_LIMIT = CallerLimit(calls_per_second=100_000)


@dataclass(frozen=True, slots=True)
class RunningEdge:
    envoy: LocalEnvoy
    child: Child
    port: int
    server_ports: tuple[int, int]

    def channel(self) -> grpc.aio.Channel:
        """Return a channel with a connection of its own."""
        return grpc.aio.insecure_channel(
            f"{LOOPBACK}:{self.port}", options=[("grpc.use_local_subchannel_pool", 1)]
        )

    def memory(self) -> int:
        """Return the bytes that Envoy holds in memory of its own."""
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("RssAnon:")]
        return int(line.split()[1]) * 1024


@contextmanager
def running_edge(folder: Path, *, caller_limit: CallerLimit = NO_LIMIT) -> Iterator[RunningEdge]:
    """Yield an Envoy that is ready; servers may come and go on its two server ports."""
    with ExitStack() as stack:
        ports = stack.enter_context(HeldPorts())
        children = stack.enter_context(Children(folder / "logs"))
        port, first = ports.hold_any(), ports.hold_consecutive(2)
        envoy = LocalEnvoy(
            folder,
            edge=Edge(
                address=LOOPBACK,
                port=port,
                admin_port=ports.hold_any(),
                server_ports=(first, first + 1),
                cors_origins=(WEB_PAGE,),
                caller_limit=caller_limit,
            ),
            children=children,
        )
        envoy.prepare()
        child = envoy.start()
        envoy.wait_until_ready(child)
        yield RunningEdge(envoy, child, port, (first, first + 1))
