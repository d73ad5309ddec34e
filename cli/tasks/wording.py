"""How operators read states, times and errors of tasks."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from rich.text import Text

from campotech_client.resources import Task

_STYLES = {
    Task.STATE_READY: "cyan",
    Task.STATE_SCHEDULED: "cyan",
    Task.STATE_RUNNING: "bold cyan",
    Task.STATE_PARKED: "yellow",
    Task.STATE_DONE: "green",
    Task.STATE_DEAD: "bold red",
}
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


def state_name(state: Task.State.ValueType) -> str:
    """Return `dead` for STATE_DEAD."""
    return Task.State.Name(state).removeprefix("STATE_").lower()


def state_text(state: Task.State.ValueType) -> Text:
    return Text(state_name(state), style=_STYLES.get(state, "dim"))


def tier_name(tier: Task.Tier.ValueType) -> str:
    return Task.Tier.Name(tier).removeprefix("TIER_").lower()


def moment(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(tzinfo=UTC)


def clock_time(when: datetime) -> str:
    """Return a moment in the operator's own time zone."""
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S}"


def span(seconds: float) -> str:
    """Return how long something takes or is ago, to a sensible precision."""
    if seconds < _MINUTE:
        return f"{max(seconds, 0.0):.1f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < _DAY:
        return f"{seconds / _HOUR:.1f} h"
    return f"{seconds / _DAY:.1f} days"


def short_span(seconds: float) -> str:
    """Return what may take less than a second to the millisecond."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else span(seconds)


def per_time(per_second: float) -> str:
    """Return a rate by the unit of time in which there is at least one; empty if there is none."""
    if per_second <= 0:
        return ""
    for seconds, unit in ((1.0, "s"), (_MINUTE, "min"), (_HOUR, "h")):
        if per_second * seconds >= 1:
            return f"{per_second * seconds:.1f}/{unit}"
    return f"{per_second * _DAY:.1f}/day"


def short_id(task: Task) -> str:
    """Return the id at the end of a task's name."""
    return task.name.rpartition("/")[2]


def why(task: Task) -> str:
    """Return what a task waits for or died of; empty for one that goes well."""
    last_error = task.attempts[-1].error if task.attempts else ""
    if task.state == Task.STATE_PARKED:
        return task.parked_reason
    if task.state in {Task.STATE_SCHEDULED, Task.STATE_DEAD, Task.STATE_DISCARDED}:
        return last_error
    return ""
