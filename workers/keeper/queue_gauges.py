"""The metrics of the queues for Prometheus: the same numbers that GetQueueMetrics answers."""

from prometheus_client import Gauge

from domain.operations.queue_advice import QueueStatus
from domain.operations.use_cases.get_queue_metrics import QueueMetrics, QueueReport

_LABELS = ["queue"]
"""A type of task, or `tier:` and a tier."""


def _gauge(name: str, text: str, *labels: str) -> Gauge:
    return Gauge(f"campotech_queue_{name}", text, [*_LABELS, *labels])


_STATUS = _gauge("status", "0 healthy, 1 warning, 2 critical.")
_UTILIZATION = _gauge("utilization_ratio", "How busy its tasks kept all workers in the last hour.")
_CONCURRENCY = _gauge("concurrency", "How many tasks at a time its living workers run.")
_RECOMMENDED = _gauge("recommended_concurrency", "How many it should be; 0 if that is not known.")
_ARRIVALS = _gauge("arrivals_per_second", "Tasks dispatched in the last hour, per second.")
_SERVICE = _gauge("service_seconds", "Worker time a task took in the last hour, all its attempts.")
_DRAIN = _gauge("drain_seconds", "When the backlog is worked off; -1: never, at this rate.")
_BACKLOG = _gauge("tasks", "What is in the queue.", "state")
_COUNTS = _gauge("last_day_count", "What happened in the last 24 hours.", "what")
_WAIT = _gauge("last_day_wait_seconds", "How long tasks waited in the last 24 hours.", "statistic")
_RUN = _gauge("last_day_run_seconds", "How long attempts took in the last 24 hours.", "statistic")

_STATUSES = {QueueStatus.HEALTHY: 0, QueueStatus.WARNING: 1, QueueStatus.CRITICAL: 2}
_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def show_queue_metrics(report: QueueReport) -> None:
    """Set the gauges of all queues."""
    for name, metrics in report.types.items():
        _show(name, metrics)
    for tier, metrics in report.tiers.items():
        _show(f"tier:{tier}", metrics)


def _show(queue: str, metrics: QueueMetrics) -> None:
    advice, demand = metrics.advice, metrics.advice.demand
    _STATUS.labels(queue).set(_STATUSES[metrics.status])
    _UTILIZATION.labels(queue).set(demand.utilization)
    _CONCURRENCY.labels(queue).set(demand.concurrency)
    _RECOMMENDED.labels(queue).set(advice.recommended_concurrency or 0)
    _ARRIVALS.labels(queue).set(demand.arrival_rate)
    _SERVICE.labels(queue).set(demand.service_seconds)
    _DRAIN.labels(queue).set(-1 if advice.drain_seconds is None else advice.drain_seconds)
    _show_last_day(queue, metrics)
    for state in ("ready", "scheduled", "running", "parked", "dead"):
        _BACKLOG.labels(queue, state).set(getattr(metrics.backlog, state))


def _show_last_day(queue: str, metrics: QueueMetrics) -> None:
    day = metrics.last_day
    for what in ("dispatched", "duplicates", "finished", "retried", "parked", "died", "stalled"):
        _COUNTS.labels(queue, what).set(getattr(day, what))
    _COUNTS.labels(queue, "attempts").set(day.attempts)
    for gauge, durations in ((_WAIT, day.waits), (_RUN, day.runs)):
        gauge.labels(queue, "mean").set(durations.mean_seconds)
        for name, quantile in _QUANTILES.items():
            gauge.labels(queue, name).set(durations.quantile_seconds(quantile))
