"""An event loop in a thread: who waits for what, and how it ends."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from campotech_client.blocking.background_loop import BackgroundLoop

DEADLINE_SECONDS = 5


@pytest.fixture
def loop() -> Iterator[BackgroundLoop]:
    loop = BackgroundLoop()
    yield loop
    loop.close()


async def answer(value: int) -> int:
    await asyncio.sleep(0)
    return value


def test_callers_of_many_threads_each_get_their_own_answer(loop: BackgroundLoop) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: loop.run(answer(number)), range(100)))

    assert answers == list(range(100))


def test_an_error_reaches_whoever_waits(loop: BackgroundLoop) -> None:
    async def fail() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        loop.run(fail())


def test_what_still_runs_is_called_off_when_it_is_closed(loop: BackgroundLoop) -> None:
    begun, was_cancelled = threading.Event(), threading.Event()

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            was_cancelled.set()
            raise

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(lambda: loop.run(wait()))
        assert begun.wait(DEADLINE_SECONDS)
        loop.close()
        with pytest.raises(CancelledError):
            waiting.result(DEADLINE_SECONDS)

    assert was_cancelled.is_set()


def test_nothing_begins_once_it_is_closed(loop: BackgroundLoop) -> None:
    loop.close()

    with pytest.raises(RuntimeError, match="closed"):
        loop.run(answer(1))


def test_a_call_from_within_a_call_is_refused_instead_of_waiting_for_itself(
    loop: BackgroundLoop,
) -> None:
    async def call_again() -> int:
        return loop.run(answer(1))

    with pytest.raises(RuntimeError, match="from within"):
        loop.run(call_again())
