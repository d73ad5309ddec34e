"""A dispatcher notes who called."""

from dataclasses import dataclass

from domain.addresses import Address
from domain.commands import CommandContext
from domain.directory.customer import CondicionIvaReceptor, Customer, IdentityDocument
from domain.directory.ports import DirectoryStore
from domain.identifiers import CustomerId, IdSource, birth_time


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCustomer:
    display_name: str
    phone_number: str
    email: str = ""
    document: IdentityDocument | None = None
    condicion_iva: CondicionIvaReceptor = CondicionIvaReceptor.CONSUMIDOR_FINAL
    address: Address | None = None


async def create_customer(
    store: DirectoryStore, ids: IdSource, *, context: CommandContext, command: CreateCustomer
) -> Customer:
    """Store a customer, once for the caller's request id."""
    customer_id = CustomerId(ids.new_id())
    customer = Customer(
        id=customer_id,
        organization_id=context.organization_id,
        display_name=command.display_name,
        phone_number=command.phone_number,
        email=command.email,
        document=command.document,
        condicion_iva=command.condicion_iva,
        address=command.address,
        created_at=birth_time(customer_id),
        updated_at=birth_time(customer_id),
    )
    async with store.transaction(context) as transaction:
        first = await transaction.claim(command, customer_id)
        if first is None:
            await transaction.add_customer(customer)
            transaction.audit("customer_created", customer_id)
            return customer
    return await store.customer(context.organization_id, CustomerId(first))
