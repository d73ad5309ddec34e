"""How the queues do, as tables: a line for each tier, and below it one for each of its types."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import Group
from rich.table import Table
from rich.text import Text

from campotech.operations.v1.queue_metrics_pb2 import QueueMetrics
from campotech.operations.v1.queues_pb2 import GetQueueMetricsResponse
from cli.tasks.tables import plain_table
from cli.tasks.wording import clock_time, moment, per_time, short_span, span
from domain.operations.task_type import Tier

TIERS = tuple(tier.value for tier in Tier)
_STYLES = {
    QueueMetrics.STATUS_HEALTHY: "green",
    QueueMetrics.STATUS_WARNING: "yellow",
    QueueMetrics.STATUS_CRITICAL: "bold red",
}
_MS = 1000.0


def metrics_report(response: GetQueueMetricsResponse, *, shows_idle: bool) -> Group:
    """Return what is and should be now, what was in the window, and what the numbers are about."""
    lines = tuple(_lines(response, shows_idle=shows_idle))
    hidden_count = len(TIERS) + len(response.queues) - len(lines)
    notes = "\n".join(_notes(response, hidden_count))
    return Group(_present(lines), Text(), _window(lines), Text(notes, style="dim"))


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    metrics: QueueMetrics
    style: str = ""


def _lines(response: GetQueueMetricsResponse, *, shows_idle: bool) -> Iterator[_Line]:
    for tier in TIERS:
        yield _Line(tier, response.tiers[tier], "bold")
        for name, metrics in sorted(response.queues.items()):
            if _home(metrics) == tier and (shows_idle or not _is_idle(metrics)):
                yield _Line(_type_name(name, metrics), metrics)


def _present(lines: Iterable[_Line]) -> Table:
    headings = ("STATUS", "READY", "OLDEST", "DRAINED IN", "PARKED", "DEAD", "BUSY", "AT A TIME")
    table = plain_table("QUEUE NOW", *headings, last="ADVISED")
    for line in lines:
        table.add_row(line.name, *_present_cells(line.metrics), style=line.style)
    return table


def _present_cells(metrics: QueueMetrics) -> Iterator[Text]:
    backlog, advice = metrics.backlog, metrics.optimization
    status = QueueMetrics.Status.Name(metrics.status).removeprefix("STATUS_").lower()
    yield Text(status, style=_STYLES.get(metrics.status, ""))
    yield _number(backlog.ready)
    yield Text(span(backlog.oldest_waiting_age) if backlog.ready else "")
    yield Text(_drain(metrics))
    yield _number(backlog.parked)
    yield _number(backlog.dead, style="bold red")
    yield Text(f"{advice.current_utilization:.0%}", justify="right")
    yield _number(advice.current_concurrency)
    yield Text(str(advice.recommended_concurrency) if advice.is_enough else "?")


def _window(lines: Iterable[_Line]) -> Table:
    headings = ("CAME", "DONE", "RETRIED", "DIED", "WAIT 50 %", "95 %", "RUN 50 %")
    table = plain_table("QUEUE IN THE WINDOW", *headings, last="95 %")
    for line in lines:
        table.add_row(line.name, *_window_cells(line.metrics.window), style=line.style)
    return table


def _window_cells(window: QueueMetrics.Window) -> Iterator[Text]:
    yield Text(per_time(window.arrival_rate))
    yield Text(per_time(window.completion_rate))
    yield _number(window.retried)
    yield _number(window.dead, style="bold red")
    for times in (window.wait_time, window.process_time):
        for milliseconds in (times.p50, times.p95):
            yield Text(short_span(milliseconds / _MS) if window.attempts else "")


def _drain(metrics: QueueMetrics) -> str:
    if not metrics.backlog.ready:
        return ""
    if not metrics.optimization.HasField("time_to_drain"):
        return "never"
    return span(metrics.optimization.time_to_drain)


def _number(count: int, *, style: str = "") -> Text:
    return Text(str(count) if count else "·", style=style if count else "", justify="right")


def _is_idle(metrics: QueueMetrics) -> bool:
    """Tell whether there was nothing of a type in the window, and there is nothing now."""
    backlog, window = metrics.backlog, metrics.window
    waiting = backlog.ready + backlog.scheduled + backlog.running + backlog.parked + backlog.dead
    return not (waiting or window.dispatched_count or window.attempts or window.dead)


def _home(metrics: QueueMetrics) -> str:
    """Return the slowest of a type's tiers, under which it has its line."""
    return max(metrics.tiers, key=TIERS.index)


def _type_name(name: str, metrics: QueueMetrics) -> str:
    others = sorted(set(metrics.tiers) - {_home(metrics)})
    return "  " + " +".join([name, *others])


def _notes(response: GetQueueMetricsResponse, hidden_count: int) -> Iterator[str]:
    begin, end = moment(response.window_start_time), moment(response.window_end_time)
    yield f"Window: {clock_time(begin)} to {clock_time(end)}."
    if response.HasField("backlog_time"):
        age = moment(response.timestamp) - moment(response.backlog_time)
        yield f"What waits was counted {span(age.total_seconds())} ago."
    else:
        yield "What waits was never counted: no keeper has run."
    yield "BUSY, DRAINED IN, ADVISED: by the last hour; ? is too few tasks to tell."
    if hidden_count:
        yield f"{hidden_count} types had nothing to do; --all shows them."
