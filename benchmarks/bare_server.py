"""A bare grpc.aio server for a suite, as a process: the limit that others are held against."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.own_api import wait_until_connected
from benchmarks.workshop import Database, Workshop
from cli.local_servers.children import Child


@contextmanager
def bare_server(workshop: Workshop, database: Database | None) -> Iterator[tuple[str, Child]]:
    """Yield the address of one that answers at once, or with a database after one statement."""
    port = workshop.hold_port()
    where = ["--database-url", database.superuser_url] if database else []
    program = workshop.start(
        "bare-grpc",
        [sys.executable, "-m", "benchmarks.bare_grpc", "--port", str(port), *where],
        environment={},
    )
    try:
        wait_until_connected(f"127.0.0.1:{port}")
        yield f"127.0.0.1:{port}", program
    finally:
        program.stop(timeout_seconds=10)
