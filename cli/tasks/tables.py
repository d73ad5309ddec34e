"""Tasks as tables for a terminal."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Group
from rich.table import Table
from rich.text import Text

from campotech.operations.v1.queues_pb2 import GetDeadTaskSummaryResponse, QueuePause
from campotech_client.resources import Task
from cli.tasks.timeline import timeline
from cli.tasks.wording import (
    clock_time,
    moment,
    short_id,
    span,
    state_text,
    tier_name,
    why,
)

_PADDING = (0, 2, 0, 0)


def plain_table(*headings: str, last: str) -> Table:
    """Return a table whose last column takes what does not fit."""
    table = Table(box=None, pad_edge=False, padding=_PADDING)
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    table.add_column(last, overflow="fold")
    return table


def task_table(tasks: Sequence[Task], *, now: datetime) -> Table:
    table = plain_table("TASK", "TYPE", "STATE", "ATTEMPT", "AGE", last="WHY")
    for task in tasks:
        table.add_row(
            short_id(task),
            task.type,
            state_text(task.state),
            f"{task.attempt}/{task.max_attempts}",
            span((now - moment(task.create_time)).total_seconds()),
            Text(why(task)),
        )
    return table


def task_story(task: Task) -> Group:
    """Return all there is to say about one task."""
    facts = plain_table("", last="")
    facts.show_header = False
    for name, value in _facts(task):
        facts.add_row(Text(name, style="dim"), value)
    story = plain_table("TIME", last="WHAT")
    for happening in timeline(task):
        story.add_row(clock_time(happening.at), Text(happening.what))
        if happening.error:
            story.add_row("", Text(happening.error, style="red"))
    return Group(facts, Text(), story)


def _facts(task: Task) -> Iterator[tuple[str, Text]]:
    yield "task", Text(task.name)
    yield "type", Text(f"{task.type} ({tier_name(task.tier)}, priority {task.priority})")
    yield "state", state_text(task.state)
    yield "attempts", Text(f"{task.attempt} of {task.max_attempts}")
    yield "key", Text(task.idempotency_key)
    yield "payload", Text(json.dumps(_as_dispatched(task.payload), ensure_ascii=False))
    if task.error_fingerprint:
        yield "error", Text(task.error_fingerprint)


def _as_dispatched(payload: Message) -> object:
    """Return a payload with its whole numbers, which travel as floats."""
    text = json.dumps(MessageToDict(payload))
    return json.loads(text, parse_float=lambda number: _whole(float(number)))


def _whole(number: float) -> float:
    return int(number) if number.is_integer() else number


def dead_table(groups: Sequence[GetDeadTaskSummaryResponse.Group]) -> Table:
    table = plain_table("ERROR", "TYPE", "TASKS", "FIRST", "LAST", "NEWEST", last="IT SAYS")
    for group in groups:
        table.add_row(
            group.error_fingerprint,
            group.type,
            Text(str(group.task_count), style="bold red", justify="right"),
            clock_time(moment(group.first_death_time)),
            clock_time(moment(group.last_death_time)),
            short_id(group.newest),
            Text(why(group.newest)),
        )
    return table


def pause_table(pauses: Sequence[QueuePause]) -> Table:
    table = plain_table("PAUSED", "SINCE", "BY", last="WHY")
    for pause in pauses:
        table.add_row(
            Text(pause.queue, style="yellow"),
            clock_time(moment(pause.pause_time)),
            Text(pause.actor),
            Text(pause.reason),
        )
    return table
