from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console

from campotech.operations.v1.queue_metrics_pb2 import QueueMetrics
from campotech.operations.v1.queues_pb2 import GetQueueMetricsResponse
from cli.tasks.metrics_table import metrics_report

NOON = Timestamp(seconds=1_795_176_000)
BUSY = QueueMetrics(
    status=QueueMetrics.STATUS_CRITICAL,
    tiers=["background"],
    window=QueueMetrics.Window(
        dispatched_count=600,
        attempts=500,
        retried=20,
        dead=3,
        arrival_rate=0.5,
        completion_rate=0.25,
        wait_time=QueueMetrics.Times(p50=40, p95=90_000),
        process_time=QueueMetrics.Times(p50=1500, p95=7000),
    ),
    backlog=QueueMetrics.Backlog(ready=90, parked=4, dead=7, oldest_waiting_age=125),
    optimization=QueueMetrics.Optimization(
        current_concurrency=5,
        recommended_concurrency=12,
        current_utilization=0.96,
        is_enough=True,
    ),
)
IDLE = QueueMetrics(
    status=QueueMetrics.STATUS_HEALTHY,
    tiers=["background"],
    optimization=QueueMetrics.Optimization(current_concurrency=5, time_to_drain=0),
)


def lines_of(response: GetQueueMetricsResponse, *, shows_idle: bool = False) -> list[str]:
    console = Console(width=240, record=True)
    console.print(metrics_report(response, shows_idle=shows_idle))
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def a_response(**queues: QueueMetrics) -> GetQueueMetricsResponse:
    return GetQueueMetricsResponse(
        timestamp=NOON,
        window_start_time=NOON,
        window_end_time=NOON,
        queues={name.replace("_", ":"): metrics for name, metrics in queues.items()},
    )


def test_a_queue_that_does_badly_says_how_and_what_it_needs() -> None:
    lines = lines_of(a_response(whatsapp_send=BUSY))

    assert "whatsapp:send critical 90 2 min never 4 7 96% 5 12" in lines
    assert "whatsapp:send 30.0/min 15.0/min 20 3 40 ms 2 min 1.5 s 7.0 s" in lines


def test_too_few_tasks_give_no_advice_and_nothing_that_waits_no_drain() -> None:
    lines = lines_of(a_response(rating_request=IDLE), shows_idle=True)

    assert "rating:request healthy · · · 0% 5 ?" in lines


def test_types_with_nothing_to_do_are_counted_and_not_shown() -> None:
    lines = lines_of(a_response(whatsapp_send=BUSY, rating_request=IDLE, budgets_check=IDLE))

    assert not any(line.startswith("rating:request") for line in lines)
    assert "2 types had nothing to do; --all shows them." in lines


def test_types_stand_below_the_slowest_of_their_tiers() -> None:
    both = QueueMetrics()
    both.CopyFrom(BUSY)
    both.tiers[:] = ["background", "realtime"]

    lines = lines_of(a_response(whatsapp_send=both))

    starts = [line.split()[0] for line in lines if line][:5]
    assert starts == ["QUEUE", "realtime", "background", "whatsapp:send", "batch"]
    assert "whatsapp:send +realtime critical" in " ".join(lines)


def test_it_is_said_when_no_keeper_has_counted_what_waits() -> None:
    never, counted = a_response(), a_response()
    counted.backlog_time.CopyFrom(NOON)

    assert "What waits was never counted: no keeper has run." in lines_of(never)
    assert "What waits was counted 0.0 s ago." in lines_of(counted)
