"""From the stored invoice to its CAE over SOAP: Postgres here, the sandbox's ARCA there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from adapters.afip.authority import ArcaAuthority
from adapters.postgres.access_tickets import PostgresAccessTickets
from adapters.postgres.invoice_store import PostgresInvoiceStore
from adapters.postgres.sealed_values import KeyRing
from domain.clock import business_day
from domain.errors import TemporaryError, UnknownOutcomeError
from domain.identifiers import InvoiceId, OrganizationId
from domain.invoicing.invoice import FiscalState, Invoice
from domain.invoicing.use_cases.submit_invoice import SubmitInvoice, submit_invoice
from domain.operations.task import ParkTask
from tests.integration.afip.conftest import ArcaOfSandbox
from tests.support.builders import VALID_CUIT, a_context
from tests.support.invoice_builders import an_invoice
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database
from tests.support.waiting import eventually_true


class Office:
    """An organisation with invoices, and two workers that have a way to ARCA each."""

    def __init__(
        self,
        store: PostgresInvoiceStore,
        arca: ArcaOfSandbox,
        workers: list[ArcaAuthority],
        *,
        tenants: Tenants,
    ) -> None:
        self.store = store
        self.arca = arca
        self.workers = workers
        self._tenants = tenants

    async def open(self) -> None:
        self.organization_id: OrganizationId = (await self._tenants.organization()).id
        self.customer = await self._tenants.customer(self.organization_id)

    async def invoice(self, **particular: Any) -> InvoiceId:
        day = business_day(self.arca.sandbox.clock.now())
        invoice = an_invoice(
            self.organization_id,
            customer_id=self.customer.id,
            service_from=day,
            service_to=day,
            payment_due_date=day,
            **particular,
        )
        async with self.store.transaction(a_context(self.organization_id)) as transaction:
            await transaction.add(invoice)
        return invoice.id

    async def submit(self, invoice_id: InvoiceId, worker: int = 0) -> Invoice:
        return await submit_invoice(
            self.store,
            self.workers[worker],
            self.arca.sandbox.clock,
            context=a_context(self.organization_id),
            command=SubmitInvoice(invoice_id=invoice_id),
        )

    async def has_settled(self, invoice_id: InvoiceId, worker: int) -> bool:
        with contextlib.suppress(ParkTask, TemporaryError, UnknownOutcomeError):
            await self.submit(invoice_id, worker)
        return (await self.store.get(self.organization_id, invoice_id)).is_settled

    async def settle(self, *ids: InvoiceId) -> list[Invoice]:
        """Have both workers try at once until every invoice is settled."""
        attempts = [
            eventually_true(partial(self.has_settled, invoice_id, index % 2), within_seconds=30)
            for index, invoice_id in enumerate(ids)
        ]
        assert all(await asyncio.gather(*attempts))
        return [await self.store.get(self.organization_id, invoice_id) for invoice_id in ids]

    def vouchers(self) -> list[dict[str, Any]]:
        """Return what ARCA authorised, by number."""
        answer = self.arca.sandbox.http.get("/sandbox/arca/vouchers", params={"cuit": VALID_CUIT})
        listed: list[dict[str, Any]] = answer.json()["vouchers"]
        return sorted(listed, key=lambda voucher: int(voucher["numero_desde"]))


@pytest.fixture
async def office(arca: ArcaOfSandbox, database: Database) -> AsyncIterator[Office]:
    async with contextlib.AsyncExitStack() as stack:
        opener = await stack.enter_async_context(open_transactions(database))
        tickets = PostgresAccessTickets(opener.pool, KeyRing({"test": b"k" * 32}))
        workers = [await stack.enter_async_context(arca.open(tickets)) for _ in range(2)]
        office = Office(PostgresInvoiceStore(opener), arca, workers, tenants=Tenants(opener))
        await office.open()
        yield office


async def test_an_invoice_gets_the_cae_that_arca_gave(office: Office) -> None:
    invoice = await office.submit(await office.invoice())

    (voucher,) = office.vouchers()
    assert invoice.fiscal_state is FiscalState.AUTHORIZED
    assert (invoice.number, invoice.cae) == (1, voucher["cae"])


async def test_all_workers_share_one_login(office: Office) -> None:
    await office.submit(await office.invoice(), worker=0)
    await office.submit(await office.invoice(), worker=1)

    assert len(office.arca.sandbox.received(service="arca.wsaa")) == 1


@pytest.mark.parametrize(
    ("target", "kind", "details"),
    [
        ("arca.wsfe.FECAESolicitar", "answer_lost", {}),
        ("arca.wsfe.FECAESolicitar", "error_after", {"code": 502}),
        ("arca.wsfe.FECAESolicitar", "hang_after", {"seconds": 3}),
        ("arca.wsfe.FECAESolicitar", "down", {}),
        ("arca.wsfe.FECAESolicitar", "http_500", {}),
        ("arca.wsfe.FECompConsultar", "down", {}),
        ("arca.wsfe.FECompUltimoAutorizado", "error", {"code": 501}),
    ],
)
async def test_faults_of_any_kind_leave_one_cae_each_and_no_gap(
    office: Office, target: str, kind: str, details: dict[str, object]
) -> None:
    ids = [await office.invoice() for _ in range(4)]
    office.arca.sandbox.put_fault(target, kind, times=2, **details)

    invoices = await office.settle(*ids)

    by_number = sorted(invoices, key=lambda invoice: invoice.number or 0)
    assert {invoice.fiscal_state for invoice in invoices} == {FiscalState.AUTHORIZED}
    assert [invoice.number for invoice in by_number] == [1, 2, 3, 4]
    assert [invoice.cae for invoice in by_number] == [item["cae"] for item in office.vouchers()]


async def test_a_worker_that_is_stopped_while_arca_works_leaves_the_cae_to_the_next(
    office: Office,
) -> None:
    invoice_id = await office.invoice()
    office.arca.sandbox.put_fault("arca.wsfe.FECAESolicitar", "hang_after", times=1, seconds=30)

    async def was_received() -> bool:
        return bool(office.arca.sandbox.received(operation="FECAESolicitar"))

    stopped = asyncio.create_task(office.submit(invoice_id, worker=0))
    assert await eventually_true(was_received)
    stopped.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await stopped
    invoice = await office.submit(invoice_id, worker=1)

    (voucher,) = office.vouchers()
    assert (invoice.number, invoice.cae) == (1, voucher["cae"])
    assert len(office.arca.sandbox.received(operation="FECAESolicitar")) == 1


async def test_a_taxpayer_who_is_not_delegated_is_told_what_to_do(office: Office) -> None:
    invoice_id = await office.invoice()
    office.arca.sandbox.http.put(
        f"/sandbox/arca/delegations/{VALID_CUIT}", json={"delegated": False}
    )

    invoice = await office.submit(invoice_id)

    assert invoice.failure is not None
    assert invoice.failure.code == "600"
    assert "Administrador de Relaciones" in invoice.failure.message
