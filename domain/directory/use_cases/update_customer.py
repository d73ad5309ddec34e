"""A dispatcher corrects what is known of a customer."""

from dataclasses import dataclass, replace

from domain.changes import changed_fields, with_changes
from domain.clock import Clock
from domain.commands import CommandContext
from domain.directory.customer import Customer
from domain.directory.customer_changes import CustomerChanges
from domain.directory.ports import DirectoryStore
from domain.directory.versions import check_version_was_read
from domain.identifiers import CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCustomer:
    customer_id: CustomerId
    changes: CustomerChanges
    expected_version: int | None = None


async def update_customer(
    store: DirectoryStore, clock: Clock, *, context: CommandContext, command: UpdateCustomer
) -> Customer:
    """Change fields of the version the caller read; what is the same already is no change.

    Raises NotFoundError, EtagMismatchError, CuitRequiredError.
    """
    async with store.transaction(context) as transaction:
        customer = await transaction.customer(command.customer_id)
        if await transaction.claim(command, customer.id) is not None:
            return customer
        check_version_was_read("customer", customer.version, command.expected_version)
        changed = with_changes(customer, command.changes)
        if changed == customer:
            return customer
        changed = replace(changed, version=customer.version + 1, updated_at=clock.now())
        await transaction.save_customer(changed)
        fields = changed_fields(customer, changed, command.changes)
        transaction.audit("customer_updated", customer.id, fields=",".join(fields))
    return changed
