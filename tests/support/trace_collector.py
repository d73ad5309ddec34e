"""A collector of traces on a loopback port: what real processes export over OTLP arrives here."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class TraceCollector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps every span that it is sent, with the service that sent it."""

    def __init__(self) -> None:
        self.url = ""
        self._lock = Lock()
        self._spans: list[tuple[str, Span]] = []

    def Export(  # noqa: N802  # the contract's own name
        self, request: trace_service_pb2.ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        with self._lock:
            for resource in request.resource_spans:
                told = {each.key: each.value.string_value for each in resource.resource.attributes}
                self._spans += [
                    (told["service.name"], span)
                    for scope in resource.scope_spans
                    for span in scope.spans
                ]
        return trace_service_pb2.ExportTraceServiceResponse()

    def trace(self, trace_id: str) -> list[tuple[str, Span]]:
        """Return the spans of one trace, in the order of their beginnings."""
        with self._lock:
            found = [each for each in self._spans if each[1].trace_id.hex() == trace_id]
        return sorted(found, key=lambda each: each[1].start_time_unix_nano)


@contextmanager
def trace_collector() -> Iterator[TraceCollector]:
    """Yield a collector that listens on a free port."""
    collector = TraceCollector()
    server = grpc.server(ThreadPoolExecutor(max_workers=2))
    add_to = trace_service_pb2_grpc.add_TraceServiceServicer_to_server
    add_to(collector, server)  # type: ignore[no-untyped-call]  # generated without types
    collector.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield collector
    finally:
        server.stop(None).wait()
