"""A dispatcher takes a customer's call: a new job."""

from dataclasses import dataclass, field

from domain.addresses import Address
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, IdSource, JobId, birth_time
from domain.jobs.events import JobEventType, job_event
from domain.jobs.job import Job
from domain.jobs.ports import JobStore
from domain.jobs.price_line import PriceLine, price_of
from domain.jobs.schedule import Schedule
from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateJob:
    customer_id: CustomerId
    description: str
    service_address: Address
    price: Money
    schedule: Schedule = field(default_factory=Schedule)
    price_lines: tuple[PriceLine, ...] = ()


async def create_job(
    store: JobStore, ids: IdSource, *, context: CommandContext, command: CreateJob
) -> Job:
    """Store a PENDING job with the organisation's next number.

    Raises NotFoundError, PriceNotOfLinesError, InvalidInputError.
    """
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
            price=price_of(command.price, command.price_lines, field="job.price"),
            price_lines=command.price_lines,
            schedule=command.schedule,
            created_at=birth_time(job_id),
            updated_at=birth_time(job_id),
        )
        await transaction.add(job)
        transaction.audit("job_created", job.id, number=job.number)
        transaction.publish(job_event(JobEventType.CREATED, job))
    return job
