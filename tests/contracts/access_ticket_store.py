"""What every AccessTicketStore owes: one ticket per scope, one login at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.invoicing.access_ticket import (
    AccessTicket,
    AccessTicketStore,
    LoginLease,
    LoginWait,
    TicketScope,
)
from tests.support.clocks import MORNING
from tests.support.waiting import eventually_true

SCOPE = TicketScope(certificate="ab12", service="wsfe")
TICKET = AccessTicket(token="token", sign="sign", expires_at=MORNING + timedelta(hours=12))  # noqa: S106 -- no secret
OTHER = replace(TICKET, sign="another")


class AccessTicketStoreContract:
    store: AccessTicketStore

    async def lease(self, *, lease_seconds: float = 60) -> LoginLease:
        lease = await self.store.begin_login(SCOPE, lease_seconds=lease_seconds)
        assert isinstance(lease, LoginLease)
        return lease

    async def test_there_is_no_ticket_before_a_login(self) -> None:
        assert await self.store.ticket(SCOPE) is None

    async def test_a_finished_login_leaves_its_ticket_for_everybody(self) -> None:
        lease = await self.lease()

        was_stored = await self.store.finish_login(lease, TICKET)

        assert was_stored
        assert await self.store.ticket(SCOPE) == TICKET
        assert isinstance(await self.store.begin_login(SCOPE, lease_seconds=60), LoginLease)

    async def test_scopes_have_tickets_of_their_own(self) -> None:
        await self.store.finish_login(await self.lease(), TICKET)

        assert await self.store.ticket(replace(SCOPE, service="ws_sr")) is None
        assert await self.store.ticket(replace(SCOPE, certificate="cd34")) is None

    async def test_one_logs_in_and_the_others_learn_how_long_to_wait(self) -> None:
        await self.lease(lease_seconds=60)

        other = await self.store.begin_login(SCOPE, lease_seconds=60)

        assert isinstance(other, LoginWait)
        assert other.is_in_progress
        assert 50 < other.seconds <= 60

    async def test_nobody_logs_in_for_a_while_after_a_failure(self) -> None:
        await self.store.abandon_login(await self.lease(), wait_seconds=30)

        other = await self.store.begin_login(SCOPE, lease_seconds=60)

        assert isinstance(other, LoginWait)
        assert not other.is_in_progress
        assert 20 < other.seconds <= 30

    async def test_a_lease_that_ran_out_is_taken_over_and_its_ticket_refused(self) -> None:
        lost = await self.lease(lease_seconds=0.05)

        async def is_free() -> bool:
            return isinstance(await self.store.begin_login(SCOPE, lease_seconds=60), LoginLease)

        assert await eventually_true(is_free)
        assert not await self.store.finish_login(lost, TICKET)
        assert await self.store.ticket(SCOPE) is None

    async def test_a_failure_of_somebody_who_lost_the_lease_changes_nothing(self) -> None:
        lost = await self.lease()
        await self.store.finish_login(lost, TICKET)
        await self.lease()

        await self.store.abandon_login(lost, wait_seconds=0)

        assert isinstance(await self.store.begin_login(SCOPE, lease_seconds=60), LoginWait)

    @pytest.mark.parametrize(("discarded", "left"), [(TICKET, None), (OTHER, TICKET)])
    async def test_only_the_ticket_that_was_refused_is_forgotten(
        self, discarded: AccessTicket, left: AccessTicket | None
    ) -> None:
        await self.store.finish_login(await self.lease(), TICKET)

        await self.store.discard(SCOPE, discarded)

        assert await self.store.ticket(SCOPE) == left
