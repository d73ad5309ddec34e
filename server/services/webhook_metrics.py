"""How many deliveries of outside services were taken, and how many were refused as forged."""

from prometheus_client import CollectorRegistry, Counter


class WebhookMetrics:
    """Counts deliveries by the service that sent them, or that they claim to come from."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._received = Counter(
            "campotech_webhooks_received",
            "Deliveries that were stored, repeated ones included.",
            ("provider",),
            registry=registry,
        )
        self._refused = Counter(
            "campotech_webhooks_refused",
            "Deliveries without the signature of who they claim to come from.",
            ("provider",),
            registry=registry,
        )

    def count_received(self, provider: str) -> None:
        self._received.labels(provider).inc()

    def count_refused(self, provider: str) -> None:
        self._refused.labels(provider).inc()
