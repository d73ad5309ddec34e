"""An owner has the organisation write from its own number."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import CommandContext
from domain.connections.ports import ConnectionStore, WhatsAppNumbers
from domain.connections.whatsapp_connection import AccessToken, WhatsAppConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectWhatsApp:
    phone_number_id: str
    access_token: AccessToken
    display_phone_number: str
    business_account_id: str = ""


async def connect_whatsapp(
    store: ConnectionStore,
    numbers: WhatsAppNumbers,
    clock: Clock,
    *,
    context: CommandContext,
    command: ConnectWhatsApp,
) -> WhatsAppConnection:
    """Store a number and its sealed token, if it is opened by that.

    Raises WhatsAppTokenRefusedError, WhatsAppNumberTakenError, SecretsKeyMissingError and
    TemporaryError.
    """
    await numbers.check(
        context.organization_id, command.phone_number_id, token=command.access_token
    )
    async with store.transaction(context) as transaction:
        if await transaction.claim(command, context.organization_id) is None:
            now, known = clock.now(), await transaction.whatsapp()
            connection = WhatsAppConnection(
                organization_id=context.organization_id,
                phone_number_id=command.phone_number_id,
                display_phone_number=command.display_phone_number,
                business_account_id=command.business_account_id,
                created_at=known.created_at if known else now,
                updated_at=now,
                version=known.version + 1 if known else 1,
            )
            await transaction.save_whatsapp(connection, command.access_token)
            transaction.audit(
                "whatsapp_connected",
                context.organization_id,
                phone_number_id=command.phone_number_id,
            )
    return await store.whatsapp(context.organization_id)
