"""What operators see of calls to outside services, in Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

from adapters.guarded_calls.ports import CallOutcome

CALLS = Counter(
    "campotech_provider_calls",
    "Tries of calls to outside services, by how they ended.",
    ["service", "operation", "outcome"],
)
SECONDS = Histogram(
    "campotech_provider_call_seconds",
    "How long tries of calls took.",
    ["service", "operation"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60),
)
HELD_BACK = Counter(
    "campotech_provider_calls_held_back",
    "Calls that were not made, by cause: a limit, or an open breaker.",
    ["service", "cause"],
)
BREAKER_OPEN = Gauge(
    "campotech_breaker_open",
    "1 while this process knows the breaker of a service as open.",
    ["service"],
    multiprocess_mode="livemax",
)

TOKENS_LEFT = Gauge(
    "campotech_call_tokens_left",
    "Calls that a window of a service's limits allowed when this process last asked.",
    ["service", "window_seconds"],
    multiprocess_mode="livemin",
)


class PrometheusCallCosts:
    """The books of guarded calls: how many, how they ended, how long they took."""

    def record(
        self, service: str, operation: str, *, outcome: CallOutcome, duration_seconds: float
    ) -> None:
        CALLS.labels(service, operation, outcome.value).inc()
        SECONDS.labels(service, operation).observe(duration_seconds)

    def held_back(self, service: str, cause: str) -> None:
        HELD_BACK.labels(service, cause).inc()
