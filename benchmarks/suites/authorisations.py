"""From the completed job to its CAE, on a whole platform with a prompt tax agency."""

import asyncio
import random
import time

from psycopg import AsyncConnection

from benchmarks.demo_platform import WORK, begin_job, demo_platform, owner_token
from benchmarks.figures import Figure, Findings, percentile
from benchmarks.suite import Suite
from benchmarks.workshop import Workshop
from campotech_client import CampoTech
from campotech_client.resources import Job
from cli.local_platform.programs import DATABASE
from cli.seed import DEMO_ORGANIZATION_ID

COUNT = 60
MEAN_PAUSE_SECONDS = 0.5
_POLL_SECONDS = 0.005
_LONGEST_SECONDS = 60
_HAS_CAE = "SELECT FROM invoices WHERE organization_id = %s AND job_id = %s AND cae IS NOT NULL"


async def measure(workshop: Workshop) -> Findings:
    async with demo_platform(workshop.folder / f"platform-{time.monotonic_ns()}") as platform:
        url = platform.servers.postgres.superuser_url(database=DATABASE)
        address = platform.edge_url.removeprefix("http://")
        async with (
            CampoTech(address, token=owner_token(platform.keys)) as office,
            await AsyncConnection.connect(url, autocommit=True) as truth,
        ):
            jobs = [await begin_job(office) for _ in range(COUNT)]
            seconds = []
            for job in jobs:
                await asyncio.sleep(random.expovariate(1 / MEAN_PAUSE_SECONDS))  # no secret
                seconds.append(await _seconds_to_cae(office, truth, job))
    return Findings(
        figures=[
            Figure(name=f"p{share * 100:.0f}", value=percentile(seconds, share) * 1000, unit="ms")
            for share in (0.50, 0.95, 0.99)
        ]
    )


async def _seconds_to_cae(
    office: CampoTech, truth: AsyncConnection[tuple[object, ...]], job: Job
) -> float:
    await office.jobs.complete(job.name, work_summary=WORK)
    completed_at = time.monotonic()
    job_id = job.name.rpartition("/")[2]
    while True:
        cursor = await truth.execute(_HAS_CAE, (DEMO_ORGANIZATION_ID, job_id))
        waited = time.monotonic() - completed_at
        if await cursor.fetchone() is not None:
            return waited
        if waited > _LONGEST_SECONDS:
            raise TimeoutError(f"{job.name} has no CAE.")
        await asyncio.sleep(_POLL_SECONDS)


SUITE = Suite(
    name="authorisations",
    title="From the completed job to its CAE",
    method=(
        f"The whole platform as `make run` starts it, with the sandbox as the tax agency and"
        f" without its limit of 60 calls a minute; {COUNT}"
        f" jobs of one business completed through Envoy at random moments, {MEAN_PAUSE_SECONDS:g} s"
        " apart on average; from the answer to CompleteJob until the CAE is in the database. On the"
        " way are two batch tasks, a login on the first, and three calls to the agency."
    ),
    measure=measure,
)
