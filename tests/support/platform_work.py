"""What the platform's workers write by themselves, written for tests that run no worker."""

from datetime import UTC, datetime, timedelta

from adapters.clock import SystemClock, Uuid7Source
from adapters.postgres.invoice_store import PostgresInvoiceStore
from adapters.postgres.message_outbox import MessageOutboxTransaction
from adapters.postgres.message_store import PostgresMessageStore
from adapters.postgres.transactions import TransactionOpener
from campotech.jobs.v1.job_pb2 import Job
from domain.commands import PLATFORM_ACTOR, CommandContext
from domain.identifiers import CustomerId, JobId, MessageId, OrganizationId, birth_time
from domain.invoicing.invoice import Invoice
from domain.invoicing.use_cases.generate_invoice import GenerateInvoice, generate_invoice
from domain.messaging.message import (
    Direction,
    Message,
    MessageKind,
    MessageState,
    OutboundMessage,
)
from domain.messaging.ports import MessageFilter
from domain.messaging.templates import JOB_COMPLETED_INVOICE
from domain.pages import PageRequest
from tests.support.builders import PARAMETERS
from tests.support.businesses import Business, id_in
from tests.support.invoice_builders import A_FAILURE, TODAY, authorized

NOW = timedelta()


class PlatformWork:
    """Makes invoices and messages as the tasks of a completed job would."""

    def __init__(self, opener: TransactionOpener) -> None:
        self._opener = opener
        self._invoices = PostgresInvoiceStore(opener)
        self._messages = PostgresMessageStore(opener)

    async def invoice(self, business: Business, job: Job) -> Invoice:
        """Make out the invoice of a completed job."""
        return await generate_invoice(
            self._invoices,
            SystemClock(),
            Uuid7Source(),
            context=_context(business.id),
            command=GenerateInvoice(job_id=JobId(id_in(job.name))),
        )

    async def authorization(self, invoice: Invoice, number: int = 1) -> Invoice:
        """Give an invoice its number and its CAE."""
        now = datetime.now(UTC)
        submitted = invoice.submit(number, TODAY, at=now)
        done = submitted.authorize(authorized(submitted), now)
        async with self._invoices.transaction(_context(invoice.organization_id)) as transaction:
            await transaction.invoice(invoice.id)
            await transaction.save(done)
        return done

    async def failure(self, invoice: Invoice) -> Invoice:
        """Note that ARCA refused an invoice for good."""
        failed = invoice.fail(A_FAILURE, datetime.now(UTC))
        async with self._invoices.transaction(_context(invoice.organization_id)) as transaction:
            await transaction.invoice(invoice.id)
            await transaction.save(failed)
        return failed

    async def message(
        self, business: Business, *, customer: str = "", job: Job | None = None
    ) -> Message:
        """Queue a message to a customer, the business's first one unless another is named."""
        context = _context(business.id)
        async with self._opener.open(context, MessageOutboxTransaction) as transaction:
            transaction.queue_message(
                OutboundMessage(
                    customer_id=CustomerId(id_in(customer or business.customer)),
                    job_id=JobId(id_in(job.name)) if job else None,
                    phone_number="+5491155550123",
                    template_name=JOB_COMPLETED_INVOICE.name,
                    language=JOB_COMPLETED_INVOICE.language,
                    parameters=PARAMETERS,
                )
            )
        newest = await self._messages.list(business.id, MessageFilter(), PageRequest(size=1))
        return newest.items[0]

    async def hearing(
        self, business: Business, text: str = "Hola", *, ago: timedelta = NOW
    ) -> Message:
        """Keep what the business's first customer wrote."""
        context, message_id = _context(business.id), MessageId(Uuid7Source().new_id())
        async with self._messages.transaction(context) as transaction:
            customer_id = CustomerId(id_in(business.customer))
            heard = Message(
                id=message_id,
                organization_id=business.id,
                customer_id=customer_id,
                direction=Direction.INBOUND,
                kind=MessageKind.TEXT,
                content_type="text",
                state=MessageState.SENT,
                body=text,
                phone_number="+5491155550123",
                wamid=f"wamid.{message_id}",
                sent_at=birth_time(message_id) - ago,
                created_at=birth_time(message_id),
                updated_at=birth_time(message_id),
            )
            await transaction.keep([heard])
        return heard

    async def sending(self, message: Message) -> Message:
        """Note that WhatsApp took a message."""
        now = datetime.now(UTC)
        sent = message.begin_sending(now).taken(f"wamid.{message.id}", now)
        async with self._messages.transaction(_context(message.organization_id)) as transaction:
            await transaction.message(message.id)
            await transaction.save(sent)
        return sent


def _context(organization_id: OrganizationId) -> CommandContext:
    return CommandContext(
        organization_id=organization_id, actor=PLATFORM_ACTOR, correlation_id="test"
    )
