"""A dispatcher takes a customer's call: a new job."""

from dataclasses import dataclass, field

from domain.addresses import Address
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, IdSource, JobId, birth_time
from domain.jobs.events import JobEventType, job_event
from domain.jobs.job import Job
from domain.jobs.ports import JobStore
from domain.jobs.schedule import Schedule
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateJob:
    customer_id: CustomerId
    description: str
    service_address: Address
    price: Money
    schedule: Schedule = field(default_factory=Schedule)


async def create_job(
    store: JobStore, ids: IdSource, *, context: CommandContext, command: CreateJob
) -> Job:
    """Store a PENDING job with the organisation's next number; raise NotFoundError."""
    job_id = JobId(ids.new_id())
    async with store.transaction(context) as transaction:
        first = await transaction.claim(command, job_id)
        if first is not None:
            return await transaction.job(JobId(first))
        if not await transaction.customer_exists(command.customer_id):
            raise NotFoundError("customer", command.customer_id)
        job = Job(
            id=job_id,
            organization_id=context.organization_id,
            number=await transaction.next_number(),
            customer_id=command.customer_id,
            description=command.description,
            service_address=command.service_address,
            price=command.price,
            schedule=command.schedule,
            created_at=birth_time(job_id),
            updated_at=birth_time(job_id),
        )
        await transaction.add(job)
        transaction.audit("job_created", job.id, number=job.number)
        transaction.publish(job_event(JobEventType.CREATED, job))
    return job
