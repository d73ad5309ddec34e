"""Businesses at work while a test breaks things: jobs, phones that report, screens that watch."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Self

from campotech.invoicing.v1.invoice_pb2 import Invoice
from campotech.jobs.v1.job_pb2 import Job, JobEvent
from campotech.tracking.v1.location_pb2 import LocationUpdate
from campotech_client import Phone, Position
from campotech_client.services.jobs import JobWatch
from campotech_client.services.tracking import LocationWatch
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import (
    Founder,
    PlatformBusiness,
    businesses_on,
    insisted,
)
from tests.support.recovery import comes_back

FIX_SECONDS = 0.2
PAUSE_BETWEEN_JOBS_SECONDS = 0.6
ACK_SECONDS = 30.0
# Ten metres a step, so that each of a phone's fixes lies where no other does.
DEGREES_PER_FIX = 0.0001
START = (-34.9, -58.5)


class Screen:
    """A dispatcher's screen: all that it was told, in the order it was told."""

    def __init__(self, jobs: JobWatch, locations: LocationWatch) -> None:
        self._jobs = jobs
        self._locations = locations
        self.events: list[JobEvent] = []
        self.positions: list[LocationUpdate] = []

    async def follow_jobs(self) -> None:
        async for event in self._jobs:
            self.events.append(event)

    async def follow_technicians(self) -> None:
        async for update in self._locations:
            self.positions.append(update)


class BusyBusiness:
    """One technician does one job after another, with a phone that reports all the time."""

    def __init__(self, business: PlatformBusiness, phone: Phone, screen: Screen) -> None:
        self.business = business
        self.phone = phone
        self.screen = screen
        self.jobs: list[Job] = []
        self.recorded = 0
        self._steps = 0

    @classmethod
    async def open(cls, founder: Founder, stack: AsyncExitStack, buffer_path: Path) -> Self:
        """Return a business whose screen misses nothing of what happens from now on."""
        business = await founder.open_business()
        jobs = await stack.enter_async_context(business.office.jobs.watch())
        locations = await stack.enter_async_context(business.office.tracking.watch())
        await jobs.begin()
        await locations.begin()
        phone = business.technicians[0].app.tracking.phone(buffer_path)
        return cls(business, await stack.enter_async_context(phone), Screen(jobs, locations))

    def served(self) -> Sequence[int]:
        """Return how many commands, acks, events and positions there were so far."""
        acked = self.recorded - self.phone.waiting
        return (self._steps, acked, len(self.screen.events), len(self.screen.positions))

    async def work(self, quitting_time: asyncio.Event) -> None:
        """Do jobs until it is time to go home; what was begun is done."""
        while not quitting_time.is_set():
            job = await self.business.create_job()
            self._steps += 1
            for take in self.business.steps(job.name, self.business.technicians[0]):
                job = await insisted(take)
                self._steps += 1
            self.jobs.append(job)
            await asyncio.sleep(PAUSE_BETWEEN_JOBS_SECONDS)

    async def report(self, quitting_time: asyncio.Event) -> None:
        """Move on and say so until it is time to go home."""
        while not quitting_time.is_set():
            await self.phone.record(place_of(self.recorded + 1))
            self.recorded += 1
            self.phone.upload_now()
            await asyncio.sleep(FIX_SECONDS)


class BackgroundLoad:
    """The day of some businesses, until everybody goes home."""

    def __init__(self, businesses: Sequence[BusyBusiness], group: asyncio.TaskGroup) -> None:
        self.businesses = businesses
        self._quitting_time = asyncio.Event()
        self._working = [
            group.create_task(activity)
            for busy in businesses
            for activity in (busy.work(self._quitting_time), busy.report(self._quitting_time))
        ]
        self._watching = [
            group.create_task(activity)
            for busy in businesses
            for activity in (busy.screen.follow_jobs(), busy.screen.follow_technicians())
        ]

    async def goes_on(self, what: str, *, within_seconds: float) -> bool:
        """Wait until everybody is served anew: commands, acks, events and positions.

        Returns whether all of that happened within the time.
        """
        before = self._served()

        async def is_served() -> bool:
            return all(now > then for now, then in zip(self._served(), before, strict=True))

        return await comes_back(what, is_served, within_seconds=within_seconds)

    async def jobs_get_done(self, count: int, *, within_seconds: float = 60) -> bool:
        """Wait until every business has done so many jobs."""

        async def are_done() -> bool:
            return all(len(busy.jobs) >= count for busy in self.businesses)

        return await comes_back(f"{count} jobs done", are_done, within_seconds=within_seconds)

    async def is_invoiced(self, *, within_seconds: float = 60) -> bool:
        """Wait until every business has its first CAE, and with it a series that is known.

        From then on we are logged in to ARCA, which grants no second login for minutes: a process
        that dies during the first one keeps everybody waiting.
        """
        return all(
            [
                await busy.business.has_invoice(
                    busy.jobs[0], Invoice.FISCAL_STATE_AUTHORIZED, within_seconds=within_seconds
                )
                for busy in self.businesses
            ]
        )

    async def end(self) -> None:
        """Let everybody finish what they began, until every fix is acked."""
        self._quitting_time.set()
        await asyncio.gather(*self._working)
        for busy in self.businesses:
            await busy.phone.wait_until_acked(timeout_seconds=ACK_SECONDS)

    def cancel(self) -> None:
        for task in (*self._working, *self._watching):
            task.cancel()

    def _served(self) -> Sequence[int]:
        return [count for busy in self.businesses for count in busy.served()]


@asynccontextmanager
async def background_load(
    platform: PlatformAccess, folder: Path, *, businesses: int = 2
) -> AsyncIterator[BackgroundLoad]:
    """Yield businesses of a test's own, at work; `folder` keeps what their phones remember.

    A call that fails with anything but UNAVAILABLE ends the block with its error.
    """
    async with businesses_on(platform) as founder, AsyncExitStack() as stack:
        opened = [
            await BusyBusiness.open(founder, stack, folder / f"phone-{number}.sqlite")
            for number in range(businesses)
        ]
        async with asyncio.TaskGroup() as group:
            load = BackgroundLoad(opened, group)
            try:
                yield load
            finally:
                load.cancel()


def place_of(seq: int) -> Position:
    """Return where a phone is at its so-many-th fix."""
    return Position(latitude=START[0] + seq * DEGREES_PER_FIX, longitude=START[1])
