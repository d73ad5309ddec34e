"""How many fixes came in, and how many were refused."""

from prometheus_client import CollectorRegistry, Counter

from domain.tracking.fix import RejectionReason
from domain.tracking.use_cases.stream_locations import Ack


class TrackingMetrics:
    """Counts what batches held."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._received = Counter(
            "campotech_location_fixes_received",
            "Fixes that were stored and acked, resent ones included.",
            registry=registry,
        )
        rejected = Counter(
            "campotech_location_fixes_rejected",
            "Fixes that were refused for good.",
            ("reason",),
            registry=registry,
        )
        self._rejected = {reason: rejected.labels(reason.value) for reason in RejectionReason}

    def count(self, fixes: int, ack: Ack) -> None:
        """Note a batch of some fixes and its answer."""
        self._received.inc(fixes - len(ack.rejected))
        for fix in ack.rejected:
            self._rejected[fix.reason].inc()
