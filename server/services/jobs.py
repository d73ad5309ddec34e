"""JobService: parse, call the use case, print the answer."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from domain.jobs.ports import EventHints, JobFilter
from domain.jobs.proof_ports import ProofPorts
from domain.jobs.use_cases.add_job_note import AddJobNote, add_job_note
from domain.jobs.use_cases.arrive_at_job import ArriveAtJob, arrive_at_job
from domain.jobs.use_cases.assign_job import AssignJob, assign_job
from domain.jobs.use_cases.cancel_job import CancelJob, cancel_job
from domain.jobs.use_cases.complete_job import CompleteJob, complete_job
from domain.jobs.use_cases.confirm_job_proof import ConfirmJobProof, confirm_job_proof
from domain.jobs.use_cases.create_job import CreateJob, create_job
from domain.jobs.use_cases.create_job_proof_upload import create_job_proof_upload
from domain.jobs.use_cases.get_job import get_job
from domain.jobs.use_cases.list_job_proofs import list_job_proofs
from domain.jobs.use_cases.list_jobs import list_jobs
from domain.jobs.use_cases.pause_job import PauseJob, pause_job
from domain.jobs.use_cases.resume_job import ResumeJob, resume_job
from domain.jobs.use_cases.start_job import StartJob, start_job
from domain.jobs.use_cases.start_travel import StartTravel, start_travel
from domain.jobs.use_cases.unassign_job import UnassignJob, unassign_job
from domain.jobs.use_cases.update_job import UpdateJob, update_job
from domain.jobs.use_cases.watch_jobs import watch_jobs
from server.addresses import address_from_proto
from server.caller import command_context, current_caller
from server.calls import ServicerContext
from server.etags import parse_etag
from server.money import money_from_proto
from server.pagination import next_page_token, parse_page
from server.resource_names import CUSTOMERS, JOB_PROOFS, JOBS, MEMBERS, parse_parent
from server.services.job_changes import changes_from_proto, schedule_from_proto
from server.services.job_messages import (
    CANCEL_REASONS_BY_NUMBER,
    PAUSE_REASONS_BY_NUMBER,
    STATES_BY_NUMBER,
    event_to_proto,
    heartbeat_to_proto,
    job_to_proto,
    listed_job_to_proto,
)
from server.services.job_proofs import (
    linked_proof_to_proto,
    offer_to_proto,
    upload_from_proto,
)
from server.services.price_lines import price_lines_from_proto
from server.timestamps import parse_since, parse_until


class JobService(jobs_pb2_grpc.JobServiceServicer):
    """The jobs of the caller's organisation."""

    def __init__(self, ports: ProofPorts, *, hints: EventHints, heartbeat_seconds: float) -> None:
        self._proofs = ports
        self._jobs = ports.jobs
        self._clock = ports.clock
        self._ids = ports.ids
        self._hints = hints
        self._heartbeat_seconds = heartbeat_seconds

    async def CreateJob(
        self, request: jobs_pb2.CreateJobRequest, context: ServicerContext
    ) -> jobs_pb2.CreateJobResponse:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        wanted = request.job
        job = await create_job(
            self._jobs,
            self._ids,
            context=command_context(request.request_id),
            command=CreateJob(
                customer_id=CUSTOMERS.parse(
                    wanted.customer, within=organization_id, field="job.customer"
                ),
                description=wanted.description,
                service_address=address_from_proto(wanted.service_address),
                price=money_from_proto(wanted.price),
                schedule=schedule_from_proto(wanted),
                price_lines=price_lines_from_proto(wanted.price_lines),
            ),
        )
        return jobs_pb2.CreateJobResponse(job=job_to_proto(job))

    async def GetJob(
        self, request: jobs_pb2.GetJobRequest, context: ServicerContext
    ) -> jobs_pb2.GetJobResponse:
        caller = current_caller()
        job_id = JOBS.parse(request.name, within=caller.organization_id)
        job = await get_job(self._jobs, caller.actor, caller.organization_id, job_id)
        return jobs_pb2.GetJobResponse(job=job_to_proto(job))

    async def ListJobs(
        self, request: jobs_pb2.ListJobsRequest, context: ServicerContext
    ) -> jobs_pb2.ListJobsResponse:
        caller = current_caller()
        organization_id = parse_parent(request.parent, within=caller.organization_id)
        page = await list_jobs(
            self._jobs,
            caller.actor,
            organization_id=organization_id,
            wanted=JobFilter(
                states=frozenset(STATES_BY_NUMBER[state] for state in request.states),
                technician_id=MEMBERS.parse_optional(
                    request.technician, within=organization_id, field="technician"
                ),
                customer_id=CUSTOMERS.parse_optional(
                    request.customer, within=organization_id, field="customer"
                ),
                since=parse_since(request.since),
                until=parse_until(request.until),
            ),
            page=parse_page(request, organization_id),
        )
        return jobs_pb2.ListJobsResponse(
            jobs=map(listed_job_to_proto, page.items),
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )

    async def UpdateJob(
        self, request: jobs_pb2.UpdateJobRequest, context: ServicerContext
    ) -> jobs_pb2.UpdateJobResponse:
        organization_id = current_caller().organization_id
        job = await update_job(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=UpdateJob(
                job_id=JOBS.parse(request.job.name, within=organization_id, field="job.name"),
                changes=changes_from_proto(request, organization_id),
                expected_version=parse_etag(request.etag),
                allow_double_booking=request.allow_double_booking,
            ),
        )
        return jobs_pb2.UpdateJobResponse(job=job_to_proto(job))

    async def AssignJob(
        self, request: jobs_pb2.AssignJobRequest, context: ServicerContext
    ) -> jobs_pb2.AssignJobResponse:
        organization_id = current_caller().organization_id
        job = await assign_job(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=AssignJob(
                job_id=JOBS.parse(request.name, within=organization_id),
                technician_id=MEMBERS.parse(
                    request.technician, within=organization_id, field="technician"
                ),
                expected_version=parse_etag(request.etag),
                allow_double_booking=request.allow_double_booking,
            ),
        )
        return jobs_pb2.AssignJobResponse(job=job_to_proto(job))

    async def UnassignJob(
        self, request: jobs_pb2.UnassignJobRequest, context: ServicerContext
    ) -> jobs_pb2.UnassignJobResponse:
        job = await unassign_job(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=UnassignJob(
                job_id=JOBS.parse(request.name, within=current_caller().organization_id),
                expected_version=parse_etag(request.etag),
            ),
        )
        return jobs_pb2.UnassignJobResponse(job=job_to_proto(job))

    async def StartTravel(
        self, request: jobs_pb2.StartTravelRequest, context: ServicerContext
    ) -> jobs_pb2.StartTravelResponse:
        job = await start_travel(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=StartTravel(
                job_id=JOBS.parse(request.name, within=current_caller().organization_id),
                expected_version=parse_etag(request.etag),
            ),
        )
        return jobs_pb2.StartTravelResponse(job=job_to_proto(job))

    async def ArriveAtJob(
        self, request: jobs_pb2.ArriveAtJobRequest, context: ServicerContext
    ) -> jobs_pb2.ArriveAtJobResponse:
        job = await arrive_at_job(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=ArriveAtJob(
                job_id=JOBS.parse(request.name, within=current_caller().organization_id),
                expected_version=parse_etag(request.etag),
            ),
        )
        return jobs_pb2.ArriveAtJobResponse(job=job_to_proto(job))

    async def StartJob(
        self, request: jobs_pb2.StartJobRequest, context: ServicerContext
    ) -> jobs_pb2.StartJobResponse:
        job = await start_job(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=StartJob(
                job_id=JOBS.parse(request.name, within=current_caller().organization_id),
                expected_version=parse_etag(request.etag),
            ),
        )
        return jobs_pb2.StartJobResponse(job=job_to_proto(job))

    async def PauseJob(
        self, request: jobs_pb2.PauseJobRequest, context: ServicerContext
    ) -> jobs_pb2.PauseJobResponse:
        job = await pause_job(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=PauseJob(
                job_id=JOBS.parse(request.name, within=current_caller().organization_id),
                reason=PAUSE_REASONS_BY_NUMBER[request.reason],
                note=request.note,
                expected_version=parse_etag(request.etag),
            ),
        )
        return jobs_pb2.PauseJobResponse(job=job_to_proto(job))

    async def ResumeJob(
        self, request: jobs_pb2.ResumeJobRequest, context: ServicerContext
    ) -> jobs_pb2.ResumeJobResponse:
        job = await resume_job(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=ResumeJob(
                job_id=JOBS.parse(request.name, within=current_caller().organization_id),
                expected_version=parse_etag(request.etag),
            ),
        )
        return jobs_pb2.ResumeJobResponse(job=job_to_proto(job))

    async def CompleteJob(
        self, request: jobs_pb2.CompleteJobRequest, context: ServicerContext
    ) -> jobs_pb2.CompleteJobResponse:
        has_final_price = request.HasField("final_price")
        job = await complete_job(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=CompleteJob(
                job_id=JOBS.parse(request.name, within=current_caller().organization_id),
                work_summary=request.work_summary,
                final_price=money_from_proto(request.final_price) if has_final_price else None,
                final_price_lines=price_lines_from_proto(request.final_price_lines),
                expected_version=parse_etag(request.etag),
            ),
        )
        return jobs_pb2.CompleteJobResponse(job=job_to_proto(job))

    async def AddJobNote(
        self, request: jobs_pb2.AddJobNoteRequest, context: ServicerContext
    ) -> jobs_pb2.AddJobNoteResponse:
        job = await add_job_note(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=AddJobNote(
                job_id=JOBS.parse(request.name, within=current_caller().organization_id),
                text=request.text,
            ),
        )
        return jobs_pb2.AddJobNoteResponse(job=job_to_proto(job))

    async def CreateJobProofUpload(
        self, request: jobs_pb2.CreateJobProofUploadRequest, context: ServicerContext
    ) -> jobs_pb2.CreateJobProofUploadResponse:
        organization_id = current_caller().organization_id
        command = upload_from_proto(request, organization_id)
        offer = await create_job_proof_upload(
            self._proofs, context=command_context(request.request_id), command=command
        )
        return offer_to_proto(offer, organization_id, command.job_id)

    async def ConfirmJobProof(
        self, request: jobs_pb2.ConfirmJobProofRequest, context: ServicerContext
    ) -> jobs_pb2.ConfirmJobProofResponse:
        job_id, proof_id = JOB_PROOFS.parse(request.name, within=current_caller().organization_id)
        job = await confirm_job_proof(
            self._proofs,
            context=command_context(request.request_id),
            command=ConfirmJobProof(job_id=job_id, proof_id=proof_id),
        )
        return jobs_pb2.ConfirmJobProofResponse(job=job_to_proto(job))

    async def ListJobProofs(
        self, request: jobs_pb2.ListJobProofsRequest, context: ServicerContext
    ) -> jobs_pb2.ListJobProofsResponse:
        caller = current_caller()
        organization_id = caller.organization_id
        job_id = JOBS.parse(request.parent, within=organization_id, field="parent")
        page = await list_job_proofs(
            self._proofs,
            caller.actor,
            organization_id=organization_id,
            job_id=job_id,
            page=parse_page(request, organization_id),
        )
        return jobs_pb2.ListJobProofsResponse(
            proofs=[linked_proof_to_proto(item, organization_id, job_id) for item in page.items],
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )

    async def CancelJob(
        self, request: jobs_pb2.CancelJobRequest, context: ServicerContext
    ) -> jobs_pb2.CancelJobResponse:
        job = await cancel_job(
            self._jobs,
            self._clock,
            context=command_context(request.request_id),
            command=CancelJob(
                job_id=JOBS.parse(request.name, within=current_caller().organization_id),
                reason=CANCEL_REASONS_BY_NUMBER[request.reason],
                note=request.note,
                expected_version=parse_etag(request.etag),
            ),
        )
        return jobs_pb2.CancelJobResponse(job=job_to_proto(job))

    async def WatchJobs(
        self, request: jobs_pb2.WatchJobsRequest, context: ServicerContext
    ) -> AsyncIterator[jobs_pb2.WatchJobsResponse]:
        caller = current_caller()
        organization_id = parse_parent(request.parent, within=caller.organization_id)
        async with self._hints.watch(organization_id) as news:
            batches = watch_jobs(
                self._jobs,
                caller.actor,
                organization_id=organization_id,
                after=request.after_cursor if request.HasField("after_cursor") else None,
                wait_for_news=lambda: news.wait(self._heartbeat_seconds),
            )
            async with aclosing(batches):
                async for batch in batches:
                    for event in batch.events:
                        yield event_to_proto(event, caller.actor)
                    if not batch.events:
                        yield heartbeat_to_proto(batch.last_number)
