"""Jobs and their events as the contract prints them."""

from dataclasses import replace
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from campotech.jobs.v1 import job_pb2, jobs_pb2
from domain.commands import Actor
from domain.jobs.events import JobEventType, NumberedJobEvent
from domain.jobs.job import CancelReason, Job
from domain.jobs.job_note import JobNote
from domain.jobs.job_state import JobState
from domain.jobs.visit import Pause, PauseReason
from server.addresses import address_to_proto
from server.etags import etag_of
from server.money import money_to_proto
from server.resource_names import CUSTOMERS, JOBS, MEMBERS
from server.services.job_proofs import proof_to_proto
from server.services.price_lines import price_line_to_proto
from server.timestamps import timestamp_to_proto

STATES = {state: job_pb2.Job.State.Value(f"STATE_{state}") for state in JobState}
STATES_BY_NUMBER = {number: state for state, number in STATES.items()}
CANCEL_REASONS = {
    reason: job_pb2.Job.CancelReason.Value(f"CANCEL_REASON_{reason}") for reason in CancelReason
}
NOT_CANCELLED = job_pb2.Job.CANCEL_REASON_UNSPECIFIED
PAUSE_REASONS = {
    reason: job_pb2.Job.PauseReason.Value(f"PAUSE_REASON_{reason}") for reason in PauseReason
}
PAUSE_REASONS_BY_NUMBER = {number: reason for reason, number in PAUSE_REASONS.items()}
CANCEL_REASONS_BY_NUMBER = {number: reason for reason, number in CANCEL_REASONS.items()}
EVENT_TYPES = {kind: job_pb2.JobEvent.Type.Value(f"TYPE_{kind.name}") for kind in JobEventType}


def job_to_proto(job: Job) -> job_pb2.Job:
    """Print a job."""
    organization_id = job.organization_id
    technician = job.technician_id and MEMBERS.name(organization_id, job.technician_id)
    return job_pb2.Job(
        name=JOBS.name(organization_id, job.id),
        number=job.number,
        state=STATES[job.state],
        customer=CUSTOMERS.name(organization_id, job.customer_id),
        technician=technician or "",
        description=job.description,
        service_address=address_to_proto(job.service_address),
        scheduled_start_time=timestamp_to_proto(job.schedule.starts_at),
        scheduled_end_time=timestamp_to_proto(job.schedule.ends_at),
        price=money_to_proto(job.price),
        work_summary=job.work_summary,
        en_route_time=timestamp_to_proto(job.times.en_route_at),
        arrive_time=timestamp_to_proto(job.times.arrived_at),
        start_time=timestamp_to_proto(job.times.started_at),
        complete_time=timestamp_to_proto(job.times.completed_at),
        cancel_time=timestamp_to_proto(job.times.cancelled_at),
        cancel_reason=CANCEL_REASONS[job.cancel_reason] if job.cancel_reason else NOT_CANCELLED,
        cancel_note=job.cancel_note,
        create_time=timestamp_to_proto(job.created_at),
        update_time=timestamp_to_proto(job.updated_at),
        etag=etag_of(job.version),
        pauses=map(_pause_to_proto, job.times.pauses),
        work_duration=_duration_to_proto(job.times.worked),
        price_lines=map(price_line_to_proto, job.price_lines),
        notes=map(_note_to_proto, job.notes),
        proofs=[proof_to_proto(proof, organization_id, job.id) for proof in job.proofs],
    )


def listed_job_to_proto(job: Job) -> job_pb2.Job:
    """Print a job for a list, whose answers are bounded: without what a job has many of."""
    printed = job_to_proto(replace(job, price_lines=(), notes=(), proofs=()))
    printed.ClearField("pauses")
    return printed


def _note_to_proto(note: JobNote) -> job_pb2.Job.Note:
    return job_pb2.Job.Note(
        text=note.text, author=note.author, create_time=timestamp_to_proto(note.written_at)
    )


def _pause_to_proto(pause: Pause) -> job_pb2.Job.Pause:
    return job_pb2.Job.Pause(
        pause_time=timestamp_to_proto(pause.began_at),
        resume_time=timestamp_to_proto(pause.ended_at),
        reason=PAUSE_REASONS[pause.reason],
        note=pause.note,
    )


def _duration_to_proto(duration: timedelta | None) -> Duration | None:
    if duration is None:
        return None
    message = Duration()
    message.FromTimedelta(duration)
    return message


def event_to_proto(event: NumberedJobEvent, actor: Actor) -> jobs_pb2.WatchJobsResponse:
    """Print one thing that happened; who lost the job by it is told no more than which it was."""
    job = event.job
    return jobs_pb2.WatchJobsResponse(
        event=job_pb2.JobEvent(
            cursor=event.number,
            type=EVENT_TYPES[event.type],
            job=job_to_proto(job) if job.is_open_to(actor) else _lost_job_to_proto(job),
            occur_time=timestamp_to_proto(event.occurred_at),
            actor=event.actor,
        )
    )


def _lost_job_to_proto(job: Job) -> job_pb2.Job:
    return job_pb2.Job(name=JOBS.name(job.organization_id, job.id), number=job.number)


def heartbeat_to_proto(cursor: int) -> jobs_pb2.WatchJobsResponse:
    """Print a sign of life at a cursor."""
    response = jobs_pb2.WatchJobsResponse(
        heartbeat=jobs_pb2.WatchJobsResponse.Heartbeat(cursor=cursor)
    )
    response.heartbeat.time.GetCurrentTime()
    return response
