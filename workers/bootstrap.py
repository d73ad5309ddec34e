"""Composition root of the workers: which handler runs which type of task, on which adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.settings import AdapterSettings
from adapters.wiring import Adapters, PoolSizes, Providers, open_adapters, open_providers
from domain.messaging.use_cases.process_whatsapp import ProcessingPorts
from workers.actors.generate_invoice import generate_invoice
from workers.actors.maintain_partitions import maintain_partitions
from workers.actors.process_webhook import process_webhook
from workers.actors.send_email import send_email
from workers.actors.send_whatsapp import send_whatsapp
from workers.actors.submit_invoice import submit_invoice
from workers.task_run import Handler, Handlers
from workers.traced_handlers import traced_handlers

POOL_SIZES = PoolSizes(app=3, system=1)


@asynccontextmanager
async def open_handlers(settings: AdapterSettings, *, process: str) -> AsyncIterator[Handlers]:
    """Yield the handlers of every type that this build can run with these settings."""
    async with (
        open_adapters(settings, process=process, pool_sizes=POOL_SIZES) as adapters,
        open_providers(settings, adapters) as providers,
    ):
        yield build_handlers(adapters, providers)


def build_handlers(adapters: Adapters, providers: Providers) -> Handlers:
    """Return each type's handler; a type that is missing waits, parked, for a build that has it."""
    clock, ids = adapters.clock, adapters.ids
    handlers: dict[str, Handler] = {
        "invoice:generate": generate_invoice(adapters.invoices, clock, ids),
        "partitions:maintain": maintain_partitions(adapters.partitions),
        "webhook:process": process_webhook(
            ProcessingPorts(
                inbox=adapters.webhook_inbox,
                messages=adapters.messages,
                reader=adapters.whatsapp_reader,
                clock=clock,
                ids=ids,
            )
        ),
    }
    if providers.fiscal_authorities is not None:
        handlers["invoice:afip-submit"] = submit_invoice(
            adapters.invoices, providers.fiscal_authorities, clock
        )
    if providers.email is not None:
        handlers["notification:email"] = send_email(adapters.notifications, providers.email, clock)
    if providers.whatsapp is not None:
        handlers["whatsapp:send"] = send_whatsapp(adapters.messages, providers.whatsapp, clock)
    return handlers if adapters.traces is None else traced_handlers(handlers, adapters.traces)
