"""Rate, errors and latency of calls by method, and how many streams are open."""

from dataclasses import dataclass

import grpc
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from domain.limits.limit import LimitReachedError
from server.call_limits import LIMITS
from server.calls import Call, Interceptor, Method

LATENCY_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True)
class _MethodMetrics:
    """The children of one method, looked up once: labels cost more than counting."""

    by_code: dict[grpc.StatusCode, Counter]
    latency: Histogram | None
    open_streams: Gauge | None


class MetricsInterceptor(Interceptor):
    """Counts every call; only unary ones have a latency that means something."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("service", "method")
        self._calls = Counter(
            "campotech_rpc_calls", "Calls that ended.", (*labels, "code"), registry=registry
        )
        self._latency = Histogram(
            "campotech_rpc_duration_seconds",
            "How long unary calls took.",
            labels,
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self._open_streams = Gauge(
            "campotech_rpc_open_streams",
            "Streams that are open.",
            labels,
            registry=registry,
            multiprocess_mode="livesum",
        )
        refusals = Counter(
            "campotech_limit_refusals",
            "Calls that were refused because a limit on their caller was reached.",
            ("limit",),
            registry=registry,
        )
        self._refusals = {limit: refusals.labels(limit) for limit in LIMITS}
        self._by_method: dict[str, _MethodMetrics] = {}

    def begin(self, call: Call) -> None:
        open_streams = self._of(call.method).open_streams
        if open_streams is not None:
            open_streams.inc()

    def failed(self, call: Call, error: Exception) -> None:  # noqa: ARG002 -- the error says all
        if isinstance(error, LimitReachedError):
            self._refusals[error.limit].inc()

    def finished(self, call: Call) -> None:
        metrics = self._of(call.method)
        counter = metrics.by_code.get(call.code)
        if counter is None:
            labels = (call.method.service, call.method.name, call.code.name)
            counter = metrics.by_code[call.code] = self._calls.labels(*labels)
        counter.inc()
        if metrics.open_streams is not None:
            metrics.open_streams.dec()
        if metrics.latency is not None:
            metrics.latency.observe(call.seconds_taken)

    def _of(self, method: Method) -> _MethodMetrics:
        metrics = self._by_method.get(method.path)
        if metrics is None:
            labels = (method.service, method.name)
            metrics = self._by_method[method.path] = _MethodMetrics(
                by_code={},
                latency=None if method.is_stream else self._latency.labels(*labels),
                open_streams=self._open_streams.labels(*labels) if method.is_stream else None,
            )
        return metrics
