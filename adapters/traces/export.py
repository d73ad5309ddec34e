"""Traces that go to a collector over OTLP; imported only where they are switched on."""

import logging
import os
import socket
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from adapters.traces.span_queue import SpanQueue
from adapters.traces.tracer import OpenTelemetryTraces

EXPORT_SECONDS = 5.0
"""How long a batch may take; afterwards it is dropped."""


class Export:
    """The traces of one process, under its name, on their way out."""

    def __init__(self, endpoint: str, *, sample_ratio: float, process: str) -> None:
        # One line per outage is ours to write; the library writes one per try.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
        self._spans = SpanQueue(
            OTLPSpanExporter(
                endpoint=endpoint, insecure=endpoint.startswith("http://"), timeout=EXPORT_SECONDS
            )
        )
        provider = TracerProvider(
            sampler=ParentBasedTraceIdRatio(sample_ratio),
            resource=_resource(process),
            shutdown_on_exit=False,
        )
        provider.add_span_processor(self._spans)
        self.traces = OpenTelemetryTraces(provider.get_tracer("campotech"))

    def close(self, *, within_seconds: float) -> None:
        """Hand over what has ended, for so long at most."""
        self._spans.close(within_seconds=within_seconds)


def _resource(process: str) -> Resource:
    return Resource(
        {
            "service.namespace": "campotech",
            "service.name": f"campotech-{process.partition(' ')[0]}",
            "service.version": version("campotech-backend"),
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
            "campotech.process": process,
        }
    )
