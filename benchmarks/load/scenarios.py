"""What is called: reads of the demo business's jobs, and completions of jobs made for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from benchmarks.demo_platform import WORK, begin_job, create_job
from benchmarks.ghz import Load
from campotech_client import CampoTech
from campotech_client.resources import Job

_SERVICE = "campotech.jobs.v1.JobService"
_JOBS_TO_READ = 100
_AT_A_TIME = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How much load: reads for a time, completions by number."""

    seconds: float
    completions: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class Target:
    """A platform's edge, and a token of the demo business there."""

    edge: str
    token: str

    def load(self, method: str, amount: Amount, *requests: Mapping[str, object]) -> Load:
        """Return reads that go on for the whole time."""
        return Load(
            address=self.edge,
            method=f"{_SERVICE}/{method}",
            requests=requests,
            token=self.token,
            seconds=amount.seconds,
            concurrency=amount.concurrency,
        )


async def scenarios(target: Target, amount: Amount) -> AsyncIterator[tuple[str, Load]]:
    """Yield each method's name and its load, once the jobs that it needs have been made."""
    async with CampoTech(target.edge, token=target.token) as office:
        jobs = await _several(create_job, office, _JOBS_TO_READ)
        yield "GetJob", target.load("GetJob", amount, *({"name": job.name} for job in jobs))
        yield "ListJobs", target.load("ListJobs", amount, {"page_size": 50})
        begun = await _several(begin_job, office, amount.completions)
        yield (
            "CompleteJob",
            Load(
                address=target.edge,
                method=f"{_SERVICE}/CompleteJob",
                requests=[{"name": job.name, "workSummary": WORK} for job in begun],
                token=target.token,
                count=amount.completions,
                concurrency=amount.concurrency,
            ),
        )


async def _several(
    make: Callable[[CampoTech], Awaitable[Job]], office: CampoTech, count: int
) -> list[Job]:
    turns = asyncio.Semaphore(_AT_A_TIME)

    async def made() -> Job:
        async with turns:
            return await make(office)

    return await asyncio.gather(*(made() for _ in range(count)))
