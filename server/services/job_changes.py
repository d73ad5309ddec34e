"""What of a job a caller wants changed, read from the contract."""

from datetime import datetime

from campotech.jobs.v1 import job_pb2, jobs_pb2
from domain.changes import KEEP
from domain.identifiers import OrganizationId
from domain.jobs.job_changes import JobChanges, JobField
from domain.jobs.schedule import Schedule
from server.addresses import address_from_proto
from server.money import money_from_proto
from server.resource_names import CUSTOMERS
from server.services.price_lines import price_lines_from_proto
from server.timestamps import timestamp_from_proto
from server.update_masks import parse_update_mask

_CUSTOMER = "customer"


def schedule_from_proto(job: job_pb2.Job) -> Schedule:
    """Read when the customer expects somebody."""
    return Schedule(
        starts_at=_moment(job, JobField.SCHEDULED_START),
        ends_at=_moment(job, JobField.SCHEDULED_END),
    )


def changes_from_proto(request: jobs_pb2.UpdateJobRequest, within: OrganizationId) -> JobChanges:
    """Read the fields that the mask names; raise UpdateMaskInvalidError."""
    job, named = request.job, parse_update_mask(request.update_mask, request.job)
    return JobChanges(
        customer_id=CUSTOMERS.parse(job.customer, within=within, field="job.customer")
        if _CUSTOMER in named
        else KEEP,
        description=job.description if JobField.DESCRIPTION in named else KEEP,
        service_address=address_from_proto(job.service_address)
        if JobField.SERVICE_ADDRESS in named
        else KEEP,
        starts_at=_moment(job, JobField.SCHEDULED_START)
        if JobField.SCHEDULED_START in named
        else KEEP,
        ends_at=_moment(job, JobField.SCHEDULED_END) if JobField.SCHEDULED_END in named else KEEP,
        price=money_from_proto(job.price) if JobField.PRICE in named else KEEP,
        price_lines=price_lines_from_proto(job.price_lines)
        if JobField.PRICE_LINES in named
        else KEEP,
    )


def _moment(job: job_pb2.Job, field: JobField) -> datetime | None:
    if not job.HasField(field.value):  # type: ignore[arg-type]  # one of the two times
        return None
    return timestamp_from_proto(getattr(job, field.value), field=f"job.{field}")
