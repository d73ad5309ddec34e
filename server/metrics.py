"""Metrics of several processes on one port: each child writes into files, the parent adds them up.

A child's files carry its index and not its pid: one that was restarted goes on counting where its
predecessor stopped, so no counter ever falls and the folder does not grow.
"""

import os
from pathlib import Path
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Not ours: prometheus_client reads it when it is first imported."""


def write_metrics_as(index: int) -> None:
    """Let this process write as the child with this index; before any metric is made."""
    values.ValueClass = values.MultiProcessValue(lambda: index)  # type: ignore[no-untyped-call]  # its stubs have gaps


def serve_merged_metrics(folder: Path, *, host: str, port: int) -> WSGIServer:
    """Serve the sum of what all children wrote; close the server to stop it."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]  # its stubs have gaps
    server, _ = start_http_server(port, addr=host, registry=registry)
    return server


def forget_gauges_of(folder: Path, index: int) -> None:
    """Drop what was true of a child only while it lived: its open streams."""
    mark_process_dead(index, path=str(folder))  # type: ignore[no-untyped-call]  # its stubs have gaps


def child_environment(folder: Path) -> dict[str, str]:
    """Return the environment in which a child writes into the folder."""
    return {**os.environ, FOLDER_VARIABLE: str(folder)}
