"""The SDK for scripts, on a server that fails: the same promises, without asyncio."""

import asyncio
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import grpc
import pytest

from campotech_client import Position
from campotech_client.blocking import CampoTech
from campotech_client.errors import PreconditionError
from campotech_client.resources import Job
from tests.integration.client.conftest import SOON, FaultyServer
from tests.integration.client.faults import ANSWER_LOST, GOOD_TOKEN, UNREACHABLE, Fault

DEADLINE_SECONDS = 10
FORGETFUL = """
import sys
from campotech_client.blocking import CampoTech
campotech = CampoTech(sys.argv[1], token=sys.argv[2])
print(len(campotech.jobs.list().first(5)))
"""

ResultT = TypeVar("ResultT")


async def tell(server: FaultyServer, story: Callable[[CampoTech], ResultT]) -> ResultT:
    """Run a script against the server, which needs this thread for itself."""

    def script() -> ResultT:
        with CampoTech(server.address, token=GOOD_TOKEN, retries=SOON) as campotech:
            return story(campotech)

    async with asyncio.timeout(DEADLINE_SECONDS):
        return await asyncio.to_thread(script)


def create(campotech: CampoTech, count: int) -> None:
    for number in range(count):
        campotech.jobs.create(Job(description=f"Job {number}"))


async def test_a_command_is_repeated_and_has_one_effect(server: FaultyServer) -> None:
    server.faults.planned.extend([UNREACHABLE, ANSWER_LOST])

    job = await tell(server, lambda campotech: campotech.jobs.create(Job(description="Tap")))

    assert job.description == "Tap"
    assert len(server.faults.methods_seen) == 3
    assert len(server.jobs.jobs) == 1


async def test_a_list_is_walked_page_by_page(server: FaultyServer) -> None:
    def story(campotech: CampoTech) -> tuple[list[int], list[int], list[int]]:
        create(campotech, 5)
        walked = [job.number for job in campotech.jobs.list()]
        first = [job.number for job in campotech.jobs.list().first(3)]
        pages = [len(page.items) for page in campotech.jobs.list().pages(page_token="2")]  # noqa: S106  # no password
        return walked, first, pages

    told = await tell(server, story)

    assert told == ([5, 4, 3, 2, 1], [5, 4, 3], [2, 1])


async def test_a_refusal_is_raised_as_its_own_exception(server: FaultyServer) -> None:
    refused = Fault(code=grpc.StatusCode.FAILED_PRECONDITION, reason="JOB_TRANSITION_REFUSED")
    server.faults.planned.append(refused)

    with pytest.raises(PreconditionError) as caught:
        await tell(server, lambda campotech: campotech.jobs.start("jobs/1"))

    assert caught.value.reason == "JOB_TRANSITION_REFUSED"


async def test_a_watch_goes_on_after_a_break(server: FaultyServer) -> None:
    server.jobs.cut_next_watch(after_responses=2)

    def story(campotech: CampoTech) -> list[int]:
        create(campotech, 3)
        with campotech.jobs.watch(after_cursor=0) as watch:
            watch.begin()
            return [next(watch).cursor for _ in range(3)]

    told = await tell(server, story)

    assert told == [1, 2, 3]


async def test_a_watch_that_another_thread_closes_comes_to_its_end(server: FaultyServer) -> None:
    def story(campotech: CampoTech) -> list[int]:
        create(campotech, 1)
        watch = campotech.jobs.watch(after_cursor=0)
        told = [next(watch).cursor]
        threading.Timer(0.05, watch.close).start()
        told += [event.cursor for event in watch]
        return told

    told = await tell(server, story)

    assert told == [1]


async def test_a_function_that_gives_tokens_may_take_its_time(server: FaultyServer) -> None:
    may_answer = threading.Event()
    loop = asyncio.get_running_loop()

    def slow_token() -> str:
        loop.call_soon_threadsafe(may_answer.set)
        assert may_answer.wait(DEADLINE_SECONDS)
        return GOOD_TOKEN

    def script() -> int:
        with CampoTech(server.address, token=slow_token, retries=SOON) as campotech:
            return campotech.jobs.create(Job()).number

    async with asyncio.timeout(DEADLINE_SECONDS):
        number = await asyncio.to_thread(script)

    assert number == 1


async def test_a_phone_keeps_positions_until_they_are_stored(
    server: FaultyServer, tmp_path: Path
) -> None:
    def story(campotech: CampoTech) -> tuple[bool, int]:
        with campotech.tracking.phone(tmp_path / "fixes.sqlite") as phone:
            phone.record(Position(latitude=-34.6, longitude=-58.4, accuracy_meters=8))
            is_stored = phone.wait_until_acked(timeout_seconds=DEADLINE_SECONDS)
            return is_stored, phone.waiting

    told = await tell(server, story)

    assert told == (True, 0)
    assert len(server.tracking.stored) == 1


async def test_a_closed_client_says_so(server: FaultyServer) -> None:
    def script() -> None:
        campotech = CampoTech(server.address, token=GOOD_TOKEN)
        campotech.close()
        campotech.close()
        campotech.jobs.create(Job())

    with pytest.raises(RuntimeError, match="closed"):
        await asyncio.to_thread(script)


async def test_a_script_that_forgets_to_close_ends_all_the_same(server: FaultyServer) -> None:
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", FORGETFUL, server.address, GOOD_TOKEN),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, complaints = await running.communicate()

    assert (running.returncode, output, complaints) == (0, b"0\n", b"")
