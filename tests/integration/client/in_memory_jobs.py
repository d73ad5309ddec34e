"""Jobs in memory: created once per request id, listed in pages, watched from a cursor."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from campotech.jobs.v1.job_pb2 import Job, JobEvent
from tests.integration.client.faults import UNREACHABLE, Fault

PAGE_SIZE = 2


class InMemoryJobs(jobs_pb2_grpc.JobServiceServicer):
    """Keeps what the contract promises, and cuts streams off when told to."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.resumed_after: list[int | None] = []
        self.cuts: deque[tuple[int, Fault]] = deque()
        self._by_request_id: dict[str, Job] = {}
        self._has_more = asyncio.Condition()

    def cut_next_watch(self, *, after_responses: int, fault: Fault = UNREACHABLE) -> None:
        self.cuts.append((after_responses, fault))

    async def CreateJob(self, request: jobs_pb2.CreateJobRequest, context: Any) -> Any:  # noqa: N802  # the contract's name
        async with self._has_more:
            if request.request_id not in self._by_request_id:
                number = len(self.jobs) + 1
                job = Job(name=f"jobs/{number}", number=number, description=request.job.description)
                self._by_request_id[request.request_id] = job
                self.jobs.append(job)
                self._has_more.notify_all()
        return jobs_pb2.CreateJobResponse(job=self._by_request_id[request.request_id])

    async def ListJobs(self, request: jobs_pb2.ListJobsRequest, context: Any) -> Any:  # noqa: N802  # the contract's name
        first = int(request.page_token or 0)
        newest = self.jobs[::-1]
        following = first + PAGE_SIZE
        return jobs_pb2.ListJobsResponse(
            jobs=newest[first:following],
            next_page_token=str(following) if following < len(newest) else "",
        )

    async def WatchJobs(  # noqa: N802  # the contract's name
        self, request: jobs_pb2.WatchJobsRequest, context: Any
    ) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
        asked = request.after_cursor if request.HasField("after_cursor") else None
        self.resumed_after.append(asked)
        allowed, fault = self.cuts.popleft() if self.cuts else (None, UNREACHABLE)
        told = 0
        async for response in self._responses(len(self.jobs) if asked is None else asked):
            if told == allowed:
                await fault.abort(context)
            yield response
            told += 1

    async def _responses(self, cursor: int) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
        heartbeat = jobs_pb2.WatchJobsResponse.Heartbeat(cursor=cursor)
        yield jobs_pb2.WatchJobsResponse(heartbeat=heartbeat)
        while True:
            async with self._has_more:
                await self._has_more.wait_for(lambda: len(self.jobs) > cursor)  # noqa: B023  # awaited here
            job = self.jobs[cursor]
            cursor += 1
            event = JobEvent(cursor=cursor, type=JobEvent.TYPE_CREATED, job=job)
            yield jobs_pb2.WatchJobsResponse(event=event)
