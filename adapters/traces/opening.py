"""Opens the way of traces to their collector, where the settings name one."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from adapters.traces.ports import Traces

EXPORT_SECONDS = 5.0
"""How long a batch may take; afterwards it is dropped."""
FLUSH_SECONDS = 1.0
"""How long a process that ends goes on handing over what it has."""


@asynccontextmanager
async def open_traces(
    endpoint: str | None, *, sample_ratio: float, process: str
) -> AsyncIterator[Traces | None]:
    """Yield traces that go to a collector over OTLP; None without one, and nothing is imported."""
    if endpoint is None:
        yield None
        return
    # Half a second of imports and 10 MiB, which only those pay who want traces.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio  # noqa: PLC0415

    from adapters.traces.span_queue import SpanQueue  # noqa: PLC0415
    from adapters.traces.tracer import OpenTelemetryTraces  # noqa: PLC0415

    # One line per outage is ours to write; the library writes one per try.
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
    spans = SpanQueue(
        OTLPSpanExporter(
            endpoint=endpoint, insecure=endpoint.startswith("http://"), timeout=EXPORT_SECONDS
        )
    )
    provider = TracerProvider(
        sampler=ParentBasedTraceIdRatio(sample_ratio),
        resource=Resource(
            {
                "service.namespace": "campotech",
                "service.name": f"campotech-{process.partition(' ')[0]}",
                "service.version": version("campotech-backend"),
                "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
                "campotech.process": process,
            }
        ),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(spans)
    try:
        yield OpenTelemetryTraces(provider.get_tracer("campotech"))
    finally:
        await asyncio.to_thread(spans.close, within_seconds=FLUSH_SECONDS)
