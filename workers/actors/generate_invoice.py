"""`invoice:generate`: make the invoice of a completed job."""

from domain.clock import Clock
from domain.identifiers import IdSource, JobId
from domain.invoicing.ports import InvoiceStore
from domain.invoicing.use_cases.generate_invoice import GenerateInvoice
from domain.invoicing.use_cases.generate_invoice import generate_invoice as generate
from workers.task_run import Handler, TaskRun


def generate_invoice(store: InvoiceStore, clock: Clock, ids: IdSource) -> Handler:
    """Return the handler; its payload is `job_id`."""

    async def handle(run: TaskRun) -> None:
        command = GenerateInvoice(job_id=JobId(run.id_of("job_id")))
        await generate(store, clock, ids, context=run.context, command=command)

    return handle
