"""The day: jobs, who goes, how far it has come."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from google.protobuf.field_mask_pb2 import FieldMask

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from campotech.jobs.v1.job_pb2 import Job, JobEvent, PriceLine
from campotech.type.v1.money_pb2 import Money
from campotech_client.connection import Connection, new_request_id
from campotech_client.listings import Listing, Page
from campotech_client.times import moment_or_day
from campotech_client.watches import Watch


class JobWatch(Watch[jobs_pb2.WatchJobsRequest, jobs_pb2.WatchJobsResponse, JobEvent]):
    """What happens to jobs, in order and without gaps, across lost connections.

    `cursor` is how far it has come: None until the server has answered.
    """

    def __init__(
        self,
        connection: Connection,
        stub: jobs_pb2_grpc.JobServiceStub,
        *,
        parent: str,
        after_cursor: int | None,
        patience_seconds: float | None,
    ) -> None:
        super().__init__(connection, stub.WatchJobs, patience_seconds=patience_seconds)
        self._parent = parent
        self.cursor = after_cursor

    def _request(self) -> jobs_pb2.WatchJobsRequest:
        return jobs_pb2.WatchJobsRequest(parent=self._parent, after_cursor=self.cursor)

    def _items_of(self, response: jobs_pb2.WatchJobsResponse) -> Iterable[JobEvent]:
        if response.HasField("event"):
            self.cursor = response.event.cursor
            return (response.event,)
        if response.HasField("heartbeat"):
            self.cursor = response.heartbeat.cursor
        return ()


class JobsClient:
    """Creates jobs, moves them through their day, and watches them.

    Commands take an `etag`: the command is done only if nobody changed the job since it was read,
    else ConflictError (ETAG_MISMATCH). All of them raise NotFoundError (JOB_NOT_FOUND) and, when
    the job's state does not allow the step, PreconditionError (JOB_TRANSITION_REFUSED).
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = jobs_pb2_grpc.JobServiceStub(connection.channel)

    async def create(
        self,
        job: Job,
        *,
        parent: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Create a job; it starts PENDING. For owners and dispatchers.

        Raises NotFoundError (CUSTOMER_NOT_FOUND), InvalidInputError.
        """
        request = jobs_pb2.CreateJobRequest(
            parent=parent, job=job, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.CreateJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def get(self, name: str, *, timeout_seconds: float | None = None) -> Job:
        """Return one job."""
        request = jobs_pb2.GetJobRequest(name=name)
        response = await self._connection.call(
            self._stub.GetJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    def list(
        self,
        *,
        states: Sequence[Job.State.ValueType] = (),
        technician: str = "",
        customer: str = "",
        since: datetime | date | None = None,
        until: datetime | date | None = None,
        parent: str = "",
        page_size: int = 0,
        timeout_seconds: float | None = None,
    ) -> Listing[Job]:
        """List jobs, the newest first; all filters must hold.

        A date is a day in Argentina, and `until` includes it whole. A technician sees the jobs
        assigned to them.
        """

        async def fetch(page_token: str) -> Page[Job]:
            response = await self._connection.call(
                self._stub.ListJobs,
                jobs_pb2.ListJobsRequest(
                    parent=parent,
                    states=states,
                    technician=technician,
                    customer=customer,
                    since=moment_or_day(since),
                    until=moment_or_day(until),
                    page_size=page_size,
                    page_token=page_token,
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.jobs, response.next_page_token)

        return Listing(fetch)

    async def update(
        self,
        job: Job,
        *,
        etag: str,
        fields: Sequence[str] = (),
        allow_double_booking: bool = False,
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Change what was said of a job: the `fields` named, or else those that are set in `job`.

        `etag` is that of the job as it was read. For owners and dispatchers. Raises
        PreconditionError (JOB_FIELD_FIXED) for what changes no more in the job's state, and
        (TECHNICIAN_DOUBLE_BOOKED) for a time at which the technician has another job, unless that
        is allowed; InvalidInputError (UPDATE_MASK_INVALID, FIELD_IMMUTABLE).
        """
        request = jobs_pb2.UpdateJobRequest(
            job=job,
            update_mask=FieldMask(paths=fields),
            etag=etag,
            request_id=request_id or new_request_id(),
            allow_double_booking=allow_double_booking,
        )
        response = await self._connection.call(
            self._stub.UpdateJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def assign(
        self,
        name: str,
        *,
        technician: str,
        etag: str = "",
        allow_double_booking: bool = False,
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Choose the technician who goes. For owners and dispatchers.

        A job that has a technician already needs its `etag`. Raises NotFoundError
        (MEMBER_NOT_FOUND), PreconditionError (MEMBER_NOT_TECHNICIAN; TECHNICIAN_DOUBLE_BOOKED where
        the technician has another job at that time, unless that is allowed).
        """
        request = jobs_pb2.AssignJobRequest(
            name=name,
            technician=technician,
            etag=etag,
            request_id=request_id or new_request_id(),
            allow_double_booking=allow_double_booking,
        )
        response = await self._connection.call(
            self._stub.AssignJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def unassign(
        self,
        name: str,
        *,
        etag: str,
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Take the job from its technician, before they left. For owners and dispatchers."""
        request = jobs_pb2.UnassignJobRequest(
            name=name, etag=etag, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.UnassignJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def start_travel(
        self,
        name: str,
        *,
        etag: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Say that the technician left for the customer.

        Raises PermissionDeniedError (JOB_OF_ANOTHER_TECHNICIAN).
        """
        request = jobs_pb2.StartTravelRequest(
            name=name, etag=etag, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.StartTravel, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def arrive(
        self,
        name: str,
        *,
        etag: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Say that the technician is at the door.

        Raises PermissionDeniedError (JOB_OF_ANOTHER_TECHNICIAN).
        """
        request = jobs_pb2.ArriveAtJobRequest(
            name=name, etag=etag, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.ArriveAtJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def start(
        self,
        name: str,
        *,
        etag: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Say that the work begins.

        Raises PermissionDeniedError (JOB_OF_ANOTHER_TECHNICIAN).
        """
        request = jobs_pb2.StartJobRequest(
            name=name, etag=etag, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.StartJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def pause(
        self,
        name: str,
        *,
        reason: Job.PauseReason.ValueType,
        note: str = "",
        etag: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Say that the work stands still, and why; the reason OTHER needs a `note`.

        Raises PermissionDeniedError (JOB_OF_ANOTHER_TECHNICIAN), PreconditionError
        (JOB_PAUSES_FULL).
        """
        request = jobs_pb2.PauseJobRequest(
            name=name,
            reason=reason,
            note=note,
            etag=etag,
            request_id=request_id or new_request_id(),
        )
        response = await self._connection.call(
            self._stub.PauseJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def resume(
        self,
        name: str,
        *,
        etag: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Say that the work goes on.

        Raises PermissionDeniedError (JOB_OF_ANOTHER_TECHNICIAN).
        """
        request = jobs_pb2.ResumeJobRequest(
            name=name, etag=etag, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.ResumeJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def complete(
        self,
        name: str,
        *,
        work_summary: str,
        final_price: Money | None = None,
        final_price_lines: Sequence[PriceLine] = (),
        etag: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Say that the work is done; the invoice follows by itself.

        Without `final_price_lines` and a `final_price` what was agreed stands; a price must be
        what its lines come to. Raises PermissionDeniedError (JOB_OF_ANOTHER_TECHNICIAN),
        InvalidInputError (PRICE_NOT_OF_LINES).
        """
        request = jobs_pb2.CompleteJobRequest(
            name=name,
            work_summary=work_summary,
            final_price=final_price,
            final_price_lines=final_price_lines,
            etag=etag,
            request_id=request_id or new_request_id(),
        )
        response = await self._connection.call(
            self._stub.CompleteJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def add_note(
        self,
        name: str,
        *,
        text: str,
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Note something about a job, also about a closed one.

        Raises PermissionDeniedError (JOB_OF_ANOTHER_TECHNICIAN), PreconditionError
        (JOB_NOTES_FULL).
        """
        request = jobs_pb2.AddJobNoteRequest(
            name=name, text=text, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.AddJobNote, request, timeout_seconds=timeout_seconds
        )
        return response.job

    async def cancel(
        self,
        name: str,
        *,
        reason: Job.CancelReason.ValueType,
        note: str = "",
        etag: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Say that the job will not be done, and why. For owners and dispatchers.

        The reason OTHER needs a `note`.
        """
        request = jobs_pb2.CancelJobRequest(
            name=name,
            reason=reason,
            note=note,
            etag=etag,
            request_id=request_id or new_request_id(),
        )
        response = await self._connection.call(
            self._stub.CancelJob, request, timeout_seconds=timeout_seconds
        )
        return response.job

    def watch(
        self,
        *,
        after_cursor: int | None = None,
        parent: str = "",
        patience_seconds: float | None = None,
    ) -> JobWatch:
        """Tell what happens to jobs, from now on or from after a cursor of earlier.

        The watch reconnects by itself for ever, or for `patience_seconds`. Walking it raises
        OutOfRangeError (CURSOR_EXPIRED) when the events after the cursor are no longer kept.
        """
        return JobWatch(
            self._connection,
            self._stub,
            parent=parent,
            after_cursor=after_cursor,
            patience_seconds=patience_seconds,
        )
