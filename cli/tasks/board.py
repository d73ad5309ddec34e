"""The queues at one moment: how many tasks are where, what waits longest, what comes and goes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from campotech.operations.v1.queues_pb2 import QueuePause
from campotech_client.resources import Task
from cli.tasks.tables import pause_table, plain_table
from cli.tasks.wording import moment, span, state_name, tier_name

OPEN_STATES = (
    Task.STATE_READY,
    Task.STATE_SCHEDULED,
    Task.STATE_RUNNING,
    Task.STATE_PARKED,
    Task.STATE_DEAD,
)
RATE_WINDOW = timedelta(minutes=1)


@dataclass(slots=True)
class QueueLine:
    """The tasks of one tier and type."""

    states: Counter[Task.State.ValueType] = field(default_factory=Counter)
    oldest_ready: datetime | None = None
    arrived: int = 0
    finished: int = 0

    def add(self, task: Task, *, now: datetime) -> None:
        self.states[task.state] += 1
        if task.state == Task.STATE_READY:
            due = moment(task.run_time)
            self.oldest_ready = min(due, self.oldest_ready or due)
        self.arrived += now - moment(task.create_time) <= RATE_WINDOW
        is_done = task.state == Task.STATE_DONE
        self.finished += is_done and now - moment(task.finish_time) <= RATE_WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What one look has found."""

    at: datetime
    lines: dict[tuple[Task.Tier.ValueType, str], QueueLine]
    is_cut: bool
    """Whether there are more tasks than were looked at: then the counts are the least."""
    pauses: Sequence[QueuePause] = ()
    """What is paused; empty for those who may not know."""

    @classmethod
    def of(
        cls,
        tasks: Iterable[Task],
        *,
        at: datetime,
        is_cut: bool,
        pauses: Sequence[QueuePause] = (),
    ) -> "Board":
        lines: dict[tuple[Task.Tier.ValueType, str], QueueLine] = defaultdict(QueueLine)
        for task in tasks:
            lines[task.tier, task.type].add(task, now=at)
        return cls(at=at, lines=dict(sorted(lines.items())), is_cut=is_cut, pauses=pauses)

    def render(self) -> Group:
        return Group(*self._drawings())

    def _drawings(self) -> Iterator[RenderableType]:
        if self.pauses:
            yield pause_table(self.pauses)
            yield Text()
        yield self._table()
        yield Text(self._footer(), style="dim")

    def _table(self) -> Table:
        headings = [state_name(state).upper() for state in OPEN_STATES]
        table = plain_table("TIER", "TYPE", *headings, "OLDEST READY", "IN/MIN", last="DONE/MIN")
        for (tier, kind), line in self.lines.items():
            oldest = line.oldest_ready
            table.add_row(
                tier_name(tier),
                kind,
                *(_count(line.states[state], state) for state in OPEN_STATES),
                span((self.at - oldest).total_seconds()) if oldest else "",
                str(line.arrived),
                str(line.finished),
            )
        return table

    def _footer(self) -> str:
        total = sum(_open_tasks(self.lines.values()))
        more = " or more: not all were looked at" if self.is_cut else ""
        return f"{total} open{more} · {self.at.astimezone():%H:%M:%S}"


def _open_tasks(lines: Iterable[QueueLine]) -> Sequence[int]:
    return [sum(line.states[state] for state in OPEN_STATES) for line in lines]


def _count(count: int, state: Task.State.ValueType) -> Text:
    style = "bold red" if state == Task.STATE_DEAD and count else ""
    return Text(str(count) if count else "·", style=style, justify="right")
