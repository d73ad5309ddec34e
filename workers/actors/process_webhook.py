"""`webhook:process`: let one delivery of an outside service take effect."""

from domain.identifiers import WebhookId
from domain.messaging.use_cases.process_whatsapp import ProcessingPorts, process_whatsapp
from workers.task_run import Handler, TaskRun


def process_webhook(ports: ProcessingPorts) -> Handler:
    """Return the handler; its payload is `inbox_id`."""

    async def handle(run: TaskRun) -> None:
        await process_whatsapp(
            ports, context=run.context, webhook_id=WebhookId(run.id_of("inbox_id"))
        )

    return handle
