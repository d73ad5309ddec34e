"""A task from its birth to now, as a list of what happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from campotech_client.resources import Task
from cli.tasks.wording import clock_time, moment, span, state_name

_OUTCOMES = {
    Task.Attempt.OUTCOME_UNSPECIFIED: "runs",
    Task.Attempt.OUTCOME_DONE: "was done",
    Task.Attempt.OUTCOME_RETRY: "failed, another follows",
    Task.Attempt.OUTCOME_PARKED: "was put off and does not count",
    Task.Attempt.OUTCOME_DEAD: "failed for the last time",
    Task.Attempt.OUTCOME_LEASE_LOST: "was cut off: the worker died or lost touch",
}
_STILL_TO_COME = frozenset({Task.STATE_READY, Task.STATE_SCHEDULED, Task.STATE_PARKED})
_DECIDED = frozenset({Task.STATE_CANCELLED, Task.STATE_DISCARDED})


@dataclass(frozen=True, slots=True)
class Happening:
    """One line: when it began, and what it was."""

    at: datetime
    what: str
    error: str = ""


def timeline(task: Task) -> list[Happening]:
    """Return what happened to a task, and what it waits for."""
    return [
        Happening(moment(task.create_time), "dispatched"),
        *_attempts(task),
        *_ending(task),
    ]


def _attempts(task: Task) -> Iterator[Happening]:
    free_since = moment(task.create_time)
    for attempt in task.attempts:
        began = moment(attempt.start_time)
        waited = span((began - free_since).total_seconds())
        what = f"attempt {attempt.attempt} after a wait of {waited}: {_OUTCOMES[attempt.outcome]}"
        if attempt.HasField("end_time"):
            free_since = moment(attempt.end_time)
            what += f", {span((free_since - began).total_seconds())}"
        yield Happening(began, what, attempt.error)


def _ending(task: Task) -> Iterator[Happening]:
    if task.state in _STILL_TO_COME:
        reason = f" ({task.parked_reason})" if task.state == Task.STATE_PARKED else ""
        run_time = moment(task.run_time)
        yield Happening(
            moment(task.update_time),
            f"{state_name(task.state)}{reason}: may run from {clock_time(run_time)}",
        )
    elif task.state in _DECIDED:
        yield Happening(moment(task.finish_time), f"{state_name(task.state)} by an operator")
