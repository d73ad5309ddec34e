"""The work is done, and the invoice follows by itself."""

from dataclasses import dataclass
from functools import partial

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import JobId
from domain.jobs.events import JobEventType
from domain.jobs.job import Job
from domain.jobs.ports import JobStore, JobTransaction
from domain.jobs.price_line import PriceLine
from domain.jobs.use_cases.move_job import move_job
from domain.money import Money
from domain.transactions import NewTask


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteJob:
    job_id: JobId
    work_summary: str
    final_price: Money | None = None
    final_price_lines: tuple[PriceLine, ...] = ()
    expected_version: int | None = None


async def complete_job(
    store: JobStore, clock: Clock, *, context: CommandContext, command: CompleteJob
) -> Job:
    """Make a job that is IN_PROGRESS or PAUSED COMPLETED and have its invoice generated, once."""
    return await move_job(
        store,
        clock,
        context=context,
        command=command,
        event=JobEventType.COMPLETED,
        transition=partial(
            Job.complete,
            work_summary=command.work_summary,
            final_price=command.final_price,
            final_lines=command.final_price_lines,
        ),
        follow_up=_generate_invoice,
    )


def _generate_invoice(transaction: JobTransaction, job: Job) -> None:
    transaction.dispatch(
        NewTask(
            type="invoice:generate", payload={"job_id": str(job.id)}, idempotency_key=str(job.id)
        )
    )
