"""`whatsapp:send`: hand one queued message to WhatsApp."""

from domain.clock import Clock
from domain.identifiers import MessageId
from domain.messaging.ports import MessageStore, WhatsAppGateway
from domain.messaging.use_cases.deliver_message import deliver_message
from workers.task_run import Handler, TaskRun


def send_whatsapp(store: MessageStore, gateway: WhatsAppGateway, clock: Clock) -> Handler:
    """Return the handler; its payload is `message_id`."""

    async def handle(run: TaskRun) -> None:
        await deliver_message(
            store,
            gateway,
            clock,
            context=run.context,
            message_id=MessageId(run.id_of("message_id")),
        )

    return handle
