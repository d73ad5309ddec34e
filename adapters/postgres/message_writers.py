"""Who writes to a business over WhatsApp: a customer it has, or one it has from now on."""

import re

from adapters.postgres.directory_rows import CUSTOMER_COLUMNS, customer_parameters
from adapters.postgres.pools import Connection
from domain.directory.customer import Customer
from domain.identifiers import CustomerId, IdSource, OrganizationId, birth_time
from domain.messaging.ports import Writer
from domain.messaging.whatsapp_events import Sender

_BY_USER_ID = """
SELECT customer_id FROM whatsapp_users
WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s
"""
_BY_PHONE_NUMBER = """
SELECT customer.id FROM customers AS customer LEFT JOIN whatsapp_conversations AS conversation
  ON conversation.organization_id = customer.organization_id
  AND conversation.customer_id = customer.id
WHERE customer.organization_id = %(organization_id)s
  AND customer.phone_number = ANY(%(phone_numbers)s)
ORDER BY conversation.last_message_id DESC NULLS LAST, customer.id DESC LIMIT 1
"""
# Held until the commit: two deliveries may bring the first messages of the same person.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))"
_ADD_CUSTOMER = (
    f"INSERT INTO customers ({CUSTOMER_COLUMNS}) VALUES"
    f" ({', '.join(f'%({name.strip()})s' for name in CUSTOMER_COLUMNS.split(','))})"
)
_ADD_USER = """
INSERT INTO whatsapp_users (organization_id, user_id, customer_id)
VALUES (%(organization_id)s, %(user_id)s, %(customer_id)s) ON CONFLICT DO NOTHING
"""
_ARGENTINE_MOBILE = re.compile(r"\+549(\d{10})")


async def customer_writing(
    connection: Connection, organization_id: OrganizationId, sender: Sender, ids: IdSource
) -> Writer:
    """Return the customer who writes, known or new."""
    known = await _known(connection, organization_id, sender)
    if known is None:
        key = f"{organization_id} {sender.phone_number or sender.user_id}"
        await connection.execute(_LOCK, {"key": key})
        known = await _known(connection, organization_id, sender)
    if known is not None:
        return Writer(known, is_new=False)
    customer = _new_customer(organization_id, sender, ids)
    await connection.execute(_ADD_CUSTOMER.encode(), customer_parameters(customer))
    await _remember(connection, organization_id, sender, customer.id)
    return Writer(customer.id, is_new=True)


async def _known(
    connection: Connection, organization_id: OrganizationId, sender: Sender
) -> CustomerId | None:
    row = {
        "organization_id": organization_id,
        "user_id": sender.user_id,
        "phone_numbers": _forms(sender.phone_number),
    }
    if sender.user_id:
        found = await (await connection.execute(_BY_USER_ID, row)).fetchone()
        if found is not None:
            return CustomerId(found[0])
    if sender.phone_number:
        found = await (await connection.execute(_BY_PHONE_NUMBER, row)).fetchone()
        if found is not None:
            await _remember(connection, organization_id, sender, CustomerId(found[0]))
            return CustomerId(found[0])
    return None


async def _remember(
    connection: Connection,
    organization_id: OrganizationId,
    sender: Sender,
    customer_id: CustomerId,
) -> None:
    if sender.user_id:
        await connection.execute(
            _ADD_USER,
            {
                "organization_id": organization_id,
                "user_id": sender.user_id,
                "customer_id": customer_id,
            },
        )


def _new_customer(organization_id: OrganizationId, sender: Sender, ids: IdSource) -> Customer:
    customer_id = CustomerId(ids.new_id())
    return Customer(
        id=customer_id,
        organization_id=organization_id,
        display_name=sender.profile_name or sender.phone_number or sender.user_id,
        phone_number=sender.phone_number,
        created_at=birth_time(customer_id),
        updated_at=birth_time(customer_id),
    )


def _forms(phone_number: str) -> list[str]:
    """Return how a number may be written: of Argentine mobiles many leave the 9 out."""
    mobile = _ARGENTINE_MOBILE.fullmatch(phone_number)
    return [phone_number, f"+54{mobile[1]}"] if mobile else [phone_number]
