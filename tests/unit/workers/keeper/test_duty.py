import asyncio

from structlog.testing import capture_logs

from domain.errors import TemporaryError
from workers.keeper.duty import Duty, end_duties


class Work:
    """Fails as often as it is told to, and notes when it has been done."""

    def __init__(self, *failures: Exception, more: int = 0) -> None:
        self._failures = list(failures)
        self._more = more
        self.done = 0
        self.is_done = asyncio.Event()

    async def __call__(self) -> bool:
        if self._failures:
            raise self._failures.pop(0)
        self.done += 1
        if self.done > self._more:
            self.is_done.set()
        return self.done <= self._more


async def outcome(work: Work, *, every_seconds: float) -> bool:
    """Keep doing the work for a moment; return whether it got done."""
    duty = Duty(name="test", every_seconds=every_seconds, work=work, retry_seconds=0)
    doing = asyncio.create_task(duty.keep_doing())
    try:
        return await asyncio.wait_for(work.is_done.wait(), timeout=5)
    finally:
        doing.cancel()


async def test_a_duty_that_fails_is_tried_again_soon() -> None:
    work = Work(TemporaryError("away"), KeyError("a mistake"), TemporaryError("away"))

    assert await outcome(work, every_seconds=3600)


async def test_a_duty_goes_on_at_once_while_there_is_more_to_do() -> None:
    work = Work(more=5)

    assert await outcome(work, every_seconds=3600)
    assert work.done == 6


async def test_a_duty_that_is_done_once_is_over_when_it_has_gone_well() -> None:
    work = Work(TemporaryError("away"), more=2)
    duty = Duty(name="test", every_seconds=0, work=work, retry_seconds=0, is_done_once=True)

    await asyncio.wait_for(duty.keep_doing(), timeout=5)

    assert work.done == 3


async def test_a_duty_that_swallows_a_cancellation_is_ended_all_the_same() -> None:
    cancellations = 0
    has_begun = asyncio.Event()

    async def work() -> bool:
        nonlocal cancellations
        has_begun.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancellations += 1
            if cancellations > 1:
                raise
        return False

    duty = Duty(name="test", every_seconds=3600, work=work)
    doing = asyncio.create_task(duty.keep_doing())
    await has_begun.wait()

    await asyncio.wait_for(end_duties([doing], patience_seconds=0.01), timeout=5)

    assert doing.cancelled()


async def test_a_duty_that_waits_for_what_never_comes_is_begun_anew() -> None:
    begun = 0

    async def work() -> bool:
        nonlocal begun
        begun += 1
        if begun == 1:
            await asyncio.sleep(3600)
        return False

    duty = Duty(
        name="test",
        every_seconds=0,
        work=work,
        retry_seconds=0,
        limit_seconds=0.05,
        is_done_once=True,
    )

    with capture_logs() as logs:
        await asyncio.wait_for(duty.keep_doing(), timeout=5)

    assert [(entry["event"], entry.get("error")) for entry in logs] == [
        ("duty_failing", "TimeoutError"),
        ("duty_recovered", None),
    ]
