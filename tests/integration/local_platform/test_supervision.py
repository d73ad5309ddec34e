"""A program that dies comes back; one that is stopped stays away; each is reported."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cli.local_platform.supervision import Event, EventKind, ManagedProcess, Program, watch
from cli.local_servers.children import Child, Children
from cli.local_servers.errors import StartError
from tests.support.waiting import eventually_true

SLEEP = "exec sleep 600"


class Reports:
    """Remembers what was reported."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.events]


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    with Children(tmp_path) as started:
        yield started


@pytest.fixture
async def sleeper(children: Children, reports: Reports) -> AsyncIterator[ManagedProcess]:
    """Yield a running program that is watched."""
    process = ManagedProcess(a_program(children, SLEEP), reports)
    await process.start()
    watcher = asyncio.create_task(watch([process], children.rotate_logs))
    yield process
    watcher.cancel()
    await process.stop()


def a_program(children: Children, *scripts: str) -> Program:
    """Return a program whose first start runs the first script, and so on; the last one stays."""
    remaining = list(scripts)

    def start() -> Child:
        script = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        return children.start(
            "sleeper", ["/bin/sh", "-c", script], environment={"PATH": "/usr/bin:/bin"}
        )

    return Program(name="sleeper", start=start, stop_timeout_seconds=5)


def ready_once_asleep(program: Program) -> Program:
    """Return the same program, ready when its shell has become the sleep it was told to be."""

    def wait_until_ready(child: Child) -> None:
        name = Path(f"/proc/{child.pid}/comm")
        while child.exit_code() is None and name.read_text() != "sleep\n":
            child.wait(timeout_seconds=0.05)
        child.require_running()

    return replace(program, wait_until_ready=wait_until_ready)


async def test_a_killed_program_is_started_again(sleeper: ManagedProcess, reports: Reports) -> None:
    first = sleeper.pid

    sleeper.kill()
    await sleeper.wait_for_restart(after=first)

    assert sleeper.pid != first
    assert reports.kinds() == [EventKind.READY, EventKind.DIED, EventKind.RESTARTED]
    assert reports.events[1].detail.startswith("SIGKILL; log: ")


async def test_a_stopped_program_stays_away_until_it_is_started(
    sleeper: ManagedProcess, reports: Reports
) -> None:
    await sleeper.stop()

    with pytest.raises(StartError, match="sleeper is not running"):
        _ = sleeper.pid
    await sleeper.start()
    assert sleeper.is_running
    assert EventKind.DIED not in reports.kinds()


async def test_a_suspended_program_is_not_taken_for_dead(sleeper: ManagedProcess) -> None:
    first = sleeper.pid

    sleeper.suspend()
    sleeper.resume()
    sleeper.kill()
    await sleeper.wait_for_restart(after=first)

    assert sleeper.is_running


async def test_a_program_that_cannot_start_at_all_says_why(
    children: Children, reports: Reports
) -> None:
    failing = ManagedProcess(ready_once_asleep(a_program(children, "exit 7")), reports)

    with pytest.raises(StartError, match="exit code 7"):
        await failing.start()

    assert reports.events == []


async def test_a_restart_that_fails_is_reported_and_tried_again(
    children: Children, reports: Reports
) -> None:
    program = a_program(children, SLEEP, "exit 7", SLEEP)
    process = ManagedProcess(ready_once_asleep(program), reports)
    await process.start()
    watcher = asyncio.create_task(watch([process], children.rotate_logs))
    first = process.pid

    process.kill()
    await process.wait_for_restart(after=first)

    assert reports.kinds() == [
        EventKind.READY,
        EventKind.DIED,
        EventKind.FAILED_TO_RESTART,
        EventKind.RESTARTED,
    ]
    watcher.cancel()
    await process.stop()


async def test_stopping_while_a_restart_is_tried_ends_the_program(
    sleeper: ManagedProcess, reports: Reports
) -> None:
    sleeper.kill()

    async def is_recovering() -> bool:
        return EventKind.DIED in reports.kinds()

    assert await eventually_true(is_recovering)

    await sleeper.stop()

    assert not sleeper.is_running


async def test_a_program_that_will_not_end_is_killed_and_reported(
    children: Children, reports: Reports, tmp_path: Path
) -> None:
    program = a_program(children, "trap '' TERM; echo deaf; while :; do sleep 0.1; done")
    deaf = ManagedProcess(replace(program, stop_timeout_seconds=0.3), reports)
    await deaf.start()

    async def has_begun() -> bool:
        return "deaf" in (tmp_path / "sleeper.log").read_text()

    assert await eventually_true(has_begun)

    await deaf.stop()

    assert reports.kinds() == [EventKind.READY, EventKind.KILLED]


async def test_the_children_of_a_program_are_found(children: Children, reports: Reports) -> None:
    process = ManagedProcess(a_program(children, "sleep 600 & wait"), reports)
    await process.start()

    async def has_a_child() -> bool:
        return len(process.children()) == 1

    assert await eventually_true(has_a_child)
    await process.stop()
