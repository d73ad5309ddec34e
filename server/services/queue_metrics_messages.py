"""How the queues do, as the contract shows it: times in milliseconds, rates by second."""

import math
from datetime import datetime

from campotech.operations.v1 import queue_metrics_pb2, queues_pb2
from domain.operations.durations import Durations
from domain.operations.metric_windows import Window
from domain.operations.queue_advice import QueueAdvice, QueueStatus
from domain.operations.queue_statistics import Backlog, QueueStatistics
from domain.operations.use_cases.get_queue_metrics import QueueMetrics, QueueReport
from server.timestamps import timestamp_to_proto

STATUSES = {
    status: queue_metrics_pb2.QueueMetrics.Status.Value(f"STATUS_{status.name}")
    for status in QueueStatus
}


def report_to_proto(report: QueueReport) -> queues_pb2.GetQueueMetricsResponse:
    """Print the report on all queues."""
    return queues_pb2.GetQueueMetricsResponse(
        timestamp=timestamp_to_proto(report.made_at),
        queues={name: _metrics(each, report) for name, each in report.types.items()},
        tiers={tier.value: _metrics(each, report) for tier, each in report.tiers.items()},
        window_start_time=timestamp_to_proto(report.window.since),
        window_end_time=timestamp_to_proto(report.window.until),
        backlog_time=timestamp_to_proto(report.taken_at),
    )


def _metrics(metrics: QueueMetrics, report: QueueReport) -> queue_metrics_pb2.QueueMetrics:
    return queue_metrics_pb2.QueueMetrics(
        last_24h=_last_day(metrics.last_day),
        optimization=_optimization(metrics.advice),
        status=STATUSES[metrics.status],
        tiers=sorted(metrics.tiers),
        window=_window(metrics.window, report.window),
        backlog=_backlog(metrics.backlog, report.made_at),
    )


def _last_day(day: QueueStatistics) -> queue_metrics_pb2.QueueMetrics.LastDay:
    return queue_metrics_pb2.QueueMetrics.LastDay(
        count=day.finished,
        avg_wait_time=_milliseconds(day.waits.mean_seconds),
        avg_process_time=_milliseconds(day.runs.mean_seconds),
        p95_wait_time=_milliseconds(day.waits.quantile_seconds(0.95)),
        p95_process_time=_milliseconds(day.runs.quantile_seconds(0.95)),
    )


def _optimization(advice: QueueAdvice) -> queue_metrics_pb2.QueueMetrics.Optimization:
    demand, wait_seconds = advice.demand, advice.expected_wait_seconds
    return queue_metrics_pb2.QueueMetrics.Optimization(
        current_concurrency=demand.concurrency,
        recommended_concurrency=advice.recommended_concurrency or 0,
        arrival_rate=demand.arrival_rate,
        avg_service_time=demand.service_seconds,
        current_utilization=demand.utilization,
        concurrency_by_little=advice.by_little or 0,
        concurrency_by_erlang_c=advice.by_promise or 0,
        expected_wait_time=_milliseconds(wait_seconds) if math.isfinite(wait_seconds) else None,
        time_to_drain=advice.drain_seconds,
        is_enough=advice.recommended_concurrency is not None,
    )


def _window(counted: QueueStatistics, window: Window) -> queue_metrics_pb2.QueueMetrics.Window:
    return queue_metrics_pb2.QueueMetrics.Window(
        dispatched_count=counted.dispatched,
        duplicates_prevented=counted.duplicates,
        finished_count=counted.finished,
        attempts=counted.attempts,
        retried=counted.retried,
        parked=counted.parked,
        dead=counted.died,
        stalled=counted.stalled,
        arrival_rate=counted.dispatched / window.seconds,
        completion_rate=counted.finished / window.seconds,
        wait_time=_times(counted.waits),
        process_time=_times(counted.runs),
    )


def _times(durations: Durations) -> queue_metrics_pb2.QueueMetrics.Times:
    return queue_metrics_pb2.QueueMetrics.Times(
        avg=_milliseconds(durations.mean_seconds),
        p50=_milliseconds(durations.quantile_seconds(0.5)),
        p95=_milliseconds(durations.quantile_seconds(0.95)),
        p99=_milliseconds(durations.quantile_seconds(0.99)),
    )


def _backlog(backlog: Backlog, now: datetime) -> queue_metrics_pb2.QueueMetrics.Backlog:
    oldest = backlog.oldest_ready_at
    return queue_metrics_pb2.QueueMetrics.Backlog(
        ready=backlog.ready,
        scheduled=backlog.scheduled,
        running=backlog.running,
        parked=backlog.parked,
        dead=backlog.dead,
        oldest_waiting_age=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
    )


def _milliseconds(seconds: float) -> float:
    return seconds * 1000
