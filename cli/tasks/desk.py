"""Where an operator's question or decision becomes calls of the SDK, and the answers are shown."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count

import typer
from rich.console import Console, Group
from rich.live import Live

from campotech.operations.v1.queues_pb2 import DeadTaskFilter
from campotech_client import CampoTech, CampoTechError, RetryPolicy
from campotech_client.resources import Task
from cli.development_tokens import mint_token
from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_platform.state_folder import StateFolder
from cli.settings import LocalSettings
from cli.tasks.board import OPEN_STATES, Board
from cli.tasks.queue_desk import QueueDesk
from cli.tasks.tables import dead_table, task_story, task_table
from cli.tasks.target import Target, TaskNameError
from cli.tasks.wording import short_id, state_name, why
from domain.commands import Role
from domain.identifiers import PLATFORM_ORGANIZATION_ID

MOST_LOOKED_AT = 2000
PAGE_SIZE = 200
CANARY_POLL_SECONDS = 0.5
_ENDED = frozenset({Task.STATE_DONE, Task.STATE_DEAD, Task.STATE_CANCELLED, Task.STATE_DISCARDED})


class DecisionError(Exception):
    """What was asked for cannot be done, or went badly; the text is for the operator."""


class Desk:
    """One operator at one platform."""

    def __init__(self, campotech: CampoTech, target: Target, console: Console) -> None:
        self.queues = QueueDesk(campotech.operations, console)
        self._operations = campotech.operations
        self._target = target
        self._console = console

    async def list_tasks(self, states: Sequence[str], kind: str, limit: int) -> None:
        found = await self._operations.list_tasks(
            states=[Task.State.Value(f"STATE_{state.upper()}") for state in states],
            type=kind,
            parent=self._target.parent,
            page_size=min(limit, PAGE_SIZE),
        ).first(limit)
        if not found:
            self._say("There are no such tasks.")
            return
        self._console.print(task_table(found, now=datetime.now(UTC)))

    async def show(self, task: str) -> None:
        self._console.print(task_story(await self._operations.get_task(self._target.name_of(task))))

    async def dead(self, wanted: DeadTaskFilter) -> None:
        groups = await self._operations.get_dead_task_summary(
            filter=wanted, parent=self._target.parent
        )
        if not groups:
            self._say("No task is dead.")
            return
        self._console.print(dead_table(groups))
        self._say(f"\n{sum(group.task_count for group in groups)} dead in {len(groups)} groups.")

    async def confirm(self, verb: str, wanted: DeadTaskFilter, limit: int) -> None:
        """Ask before many tasks are decided on; raise typer.Abort."""
        groups = await self._operations.get_dead_task_summary(
            filter=wanted, parent=self._target.parent
        )
        dead = sum(group.task_count for group in groups)
        typer.confirm(f"{verb} {min(dead, limit)} of {dead} dead tasks?", abort=True)

    async def retry(self, names: Sequence[str], wanted: DeadTaskFilter, limit: int) -> None:
        retried = await self._operations.retry_dead_tasks(
            self._target.names_of(names),
            filter=None if names else wanted,
            max_tasks=0 if names else limit,
            parent=self._target.parent,
        )
        self._say(f"{retried} dead tasks are ready again; ten of them start a second.")

    async def retry_canary(self, wanted: DeadTaskFilter, *, within_seconds: float) -> None:
        """Retry the newest dead task and wait for its end; raise DecisionError if that is bad."""
        found = await self._operations.list_dead_tasks(
            filter=wanted, parent=self._target.parent, page_size=1
        ).first()
        if not found:
            self._say("No task is dead.")
            return
        (canary,) = found
        await self._operations.retry_dead_tasks([canary.name], parent=self._target.parent)
        self._say(f"{short_id(canary)} ({canary.type}) was sent ahead.")
        ended = await self._wait_for_end(canary.name, within_seconds=within_seconds)
        if ended.state == Task.STATE_DONE:
            self._say("It lives. The others can follow.")
        elif ended.state == Task.STATE_DEAD:
            raise DecisionError(f"It is dead again. {why(ended)}")
        else:
            raise DecisionError(
                f"It has come to no end in {within_seconds:g} s and is"
                f" {state_name(ended.state)}. {why(ended)}"
            )

    async def discard(
        self, names: Sequence[str], wanted: DeadTaskFilter, limit: int, *, reason: str
    ) -> None:
        discarded = await self._operations.discard_dead_tasks(
            self._target.names_of(names),
            reason=reason,
            filter=None if names else wanted,
            max_tasks=0 if names else limit,
            parent=self._target.parent,
        )
        self._say(f"{discarded} dead tasks are given up.")

    async def cancel(self, task: str) -> None:
        cancelled = await self._operations.cancel_task(self._target.name_of(task))
        self._say(f"{short_id(cancelled)} ({cancelled.type}) is called off.")

    async def watch(self, *, every_seconds: float, looks: int | None) -> None:
        """Show the board again and again; Ctrl-C is the way out."""
        # Cancelled by Ctrl-C: that is how one stops watching, and nothing went wrong.
        with suppress(asyncio.CancelledError), self._screen() as screen:
            for looked in count(1):
                screen((await self._look()).render())
                if looked == looks:
                    return
                await asyncio.sleep(every_seconds)

    @contextmanager
    def _screen(self) -> Iterator[Callable[[Group], None]]:
        """Yield what draws over what it drew before; a pipe gets one after another."""
        if not self._console.is_terminal:
            yield self._console.print
            return
        with Live(console=self._console, auto_refresh=False) as live:
            yield lambda drawing: live.update(drawing, refresh=True)

    async def _look(self) -> Board:
        open_tasks = await self._newest(OPEN_STATES)
        done = await self._newest([Task.STATE_DONE])
        return Board.of(
            [*open_tasks, *done],
            at=datetime.now(UTC),
            is_cut=MOST_LOOKED_AT in {len(open_tasks), len(done)},
            pauses=await self.queues.known_pauses(),
        )

    async def _newest(self, states: Sequence[Task.State.ValueType]) -> list[Task]:
        listing = self._operations.list_tasks(
            states=states, parent=self._target.parent, page_size=PAGE_SIZE
        )
        return await listing.first(MOST_LOOKED_AT)

    async def _wait_for_end(self, name: str, *, within_seconds: float) -> Task:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_seconds
        while True:
            task = await self._operations.get_task(name)
            if task.state in _ENDED or loop.time() > deadline:
                return task
            await asyncio.sleep(CANARY_POLL_SECONDS)

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)


Call = Callable[[Desk], Awaitable[None]]


def operate(target: Target, call: Call, console: Console, errors: Console) -> None:
    """Make the calls of one command; end with 1 and a sentence if they fail."""
    try:
        asyncio.run(_operate(target, call, console))
    except (CampoTechError, DecisionError, TaskNameError) as error:
        errors.print(f"That cannot be done: {error}", style="bold red", soft_wrap=True)
        raise typer.Exit(1) from None


async def _operate(target: Target, call: Call, console: Console) -> None:
    settings = LocalSettings()
    async with CampoTech(
        target.edge or f"127.0.0.1:{settings.edge_port}",
        token=target.token or _local_token(settings),
        secure=target.uses_tls,
        retries=RetryPolicy(max_attempts=3),
    ) as campotech:
        await call(Desk(campotech, target, console))


def _local_token(settings: LocalSettings) -> str:
    keys = DevelopmentKeys(StateFolder.at(settings.state_dir).keys)
    keys.ensure()
    return mint_token(
        keys,
        organization_id=PLATFORM_ORGANIZATION_ID,
        roles=[Role.ADMIN],
        subject=Role.ADMIN.value,
    )
