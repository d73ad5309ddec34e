"""The fake of the ticket store keeps the promises of the real one."""

import pytest

from tests.contracts.access_ticket_store import AccessTicketStoreContract
from tests.support.in_memory_access_tickets import InMemoryAccessTickets


class TestInMemoryAccessTickets(AccessTicketStoreContract):
    @pytest.fixture(autouse=True)
    def _empty_store(self) -> None:
        self.store = InMemoryAccessTickets()
