"""A reader of WatchJobs: events and signs of life, each awaited with a deadline."""

import asyncio

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import JobEvent
from tests.support.rpc import Caller

PATIENCE_SECONDS = 10.0


class JobWatch:
    """One open stream of WatchJobs."""

    def __init__(
        self, caller: Caller, *, after_cursor: int | None = None, parent: str = ""
    ) -> None:
        request = jobs_pb2.WatchJobsRequest(parent=parent, after_cursor=after_cursor)
        self._call = caller.jobs.WatchJobs(request)

    async def next_response(self) -> jobs_pb2.WatchJobsResponse:
        """Return the next word of the stream."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            response = await self._call.read()
        assert isinstance(response, jobs_pb2.WatchJobsResponse)
        return response

    async def begin(self) -> int:
        """Return the cursor at which the stream begins."""
        response = await self.next_response()
        assert response.WhichOneof("update") == "heartbeat"
        return response.heartbeat.cursor

    async def heartbeat(self) -> int:
        """Return the cursor of the next sign of life; no event may come before it."""
        return await self.begin()

    async def event(self) -> JobEvent:
        """Return the next event, whatever signs of life come before it."""
        response = await self.next_response()
        while response.WhichOneof("update") == "heartbeat":
            response = await self.next_response()
        return response.event

    async def events(self, count: int) -> list[JobEvent]:
        return [await self.event() for _ in range(count)]

    def hang_up(self) -> None:
        self._call.cancel()
