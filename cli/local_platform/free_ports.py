"""Settings of a platform that stands beside any other, for tests and benchmarks."""

from pathlib import Path

from cli.local_servers.ports import HeldPorts
from cli.settings import MEASURED_PROGRAMS, LocalSettings

SERVER_PROCESSES = 2


def settings_on_free_ports(ports: HeldPorts, state_dir: Path, *, servers: int = 1) -> LocalSettings:
    """Return settings whose ports nobody has, or takes while `ports` holds them."""
    further_servers = servers - 1
    return LocalSettings(
        edge_port=ports.hold_any(),
        edge_admin_port=ports.hold_any(),
        web_port=ports.hold_any(),
        sandbox_port=ports.hold_any(),
        sandbox_smtp_port=ports.hold_any(),
        grpc_port=ports.hold_any(),
        postgres_port=ports.hold_any(),
        valkey_port=ports.hold_any(),
        private_port_base=ports.hold_consecutive(servers * SERVER_PROCESSES + further_servers),
        metrics_port=ports.hold_consecutive(len(MEASURED_PROGRAMS) + further_servers),
        server_processes=SERVER_PROCESSES,
        servers=servers,
        state_dir=state_dir,
    )
