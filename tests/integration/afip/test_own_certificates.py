"""Organisations that speak to ARCA themselves: over SOAP, with certificates that it issued them."""

import contextlib
from collections.abc import AsyncIterator

import pytest

from adapters.afip.authorities import ArcaAuthorities, ArcaNotConnectedError
from adapters.afip.certificates import X509Certificates
from adapters.afip.services import ArcaServices
from adapters.postgres.access_tickets import PostgresAccessTickets
from adapters.postgres.connection_store import PostgresConnectionStore
from adapters.postgres.invoice_store import PostgresInvoiceStore
from adapters.postgres.own_secrets import PostgresOwnCertificates
from adapters.postgres.sealed_columns import SealedColumns
from adapters.postgres.sealed_values import KeyRing
from adapters.postgres.transactions import TransactionOpener
from domain.clock import business_day
from domain.commands import Actor, CommandContext
from domain.connections.arca_certificate import PrivateKey
from domain.connections.use_cases.connect_arca import ConnectArca, connect_arca
from domain.connections.use_cases.disconnect_arca import DisconnectArca, disconnect_arca
from domain.connections.use_cases.request_arca_certificate import (
    RequestArcaCertificate,
    request_arca_certificate,
)
from domain.identifiers import OrganizationId
from domain.invoicing.invoice import FiscalState, Invoice
from domain.transactions import Payload
from tests.integration.afip.conftest import ArcaOfSandbox
from tests.support.builders import a_context, a_fiscal_profile
from tests.support.invoice_builders import an_invoice, an_issuer
from tests.support.platform_business import a_fresh_cuit
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database
from workers.actors.submit_invoice import submit_invoice
from workers.task_run import Handler, TaskRun

KEYS = KeyRing({"test": b"k" * 32})
SEALING = SealedColumns(KEYS)


class Bureau:
    """Organisations, their certificates, and a worker that submits their invoices."""

    def __init__(
        self, opener: TransactionOpener, arca: ArcaOfSandbox, services: ArcaServices
    ) -> None:
        self.arca = arca
        self.services = services
        self.connections = PostgresConnectionStore(opener, SEALING)
        self._certificates = X509Certificates()
        self._invoices = PostgresInvoiceStore(opener)
        self._own = PostgresOwnCertificates(opener.pool, SEALING)
        self._tenants = Tenants(opener)

    async def organization(self) -> tuple[OrganizationId, str]:
        cuit = a_fresh_cuit()
        made = await self._tenants.organization(fiscal_profile=a_fiscal_profile(cuit=cuit))
        return made.id, cuit

    def worker(self, *, has_platform_certificate: bool = True) -> Handler:
        platform = self.arca.credentials if has_platform_certificate else None
        authorities = ArcaAuthorities(self.services, self._own, platform)
        return submit_invoice(self._invoices, authorities, self.arca.sandbox.clock)

    async def connect(
        self, organization_id: OrganizationId, certificate: str, key: PrivateKey | None = None
    ) -> None:
        await connect_arca(
            self.connections,
            self._certificates,
            self.arca.sandbox.clock,
            context=a_context(organization_id),
            command=ConnectArca(certificate_pem=certificate, private_key=key),
        )

    async def connect_new(self, organization_id: OrganizationId, cuit: str, alias: str) -> None:
        issued = self.arca.sandbox.certificate(int(cuit), alias)
        key = PrivateKey(issued.key_pem.decode())
        await self.connect(organization_id, issued.pem.decode(), key)

    async def request(self, organization_id: OrganizationId, alias: str) -> str:
        requested = await request_arca_certificate(
            self.connections,
            self._certificates,
            context=a_context(organization_id),
            command=RequestArcaCertificate(alias=alias),
        )
        return requested.pem

    async def disconnect(self, organization_id: OrganizationId) -> None:
        context = a_context(organization_id)
        await disconnect_arca(self.connections, context=context, command=DisconnectArca())

    async def submit(self, worker: Handler, organization_id: OrganizationId, cuit: str) -> Invoice:
        """Make out an invoice and have the worker bring it to its CAE."""
        day = business_day(self.arca.sandbox.clock.now())
        invoice = an_invoice(
            organization_id,
            customer_id=(await self._tenants.customer(organization_id)).id,
            issuer=an_issuer(cuit=cuit),
            service_from=day,
            service_to=day,
            payment_due_date=day,
        )
        async with self._invoices.transaction(a_context(organization_id)) as transaction:
            await transaction.add(invoice)
        await worker(a_run(organization_id, {"invoice_id": str(invoice.id)}))
        return await self._invoices.get(organization_id, invoice.id)

    def logins(self) -> list[str]:
        """Return the aliases that logged in, in order."""
        received = self.arca.sandbox.received(service="arca.wsaa")
        return [alias_in(login["fields"]) for login in reversed(received)]


def alias_in(fields: object) -> str:
    assert isinstance(fields, dict)
    parts = (part.partition("=") for part in str(fields["certificate"]).split(", "))
    return {name: value for name, _, value in parts}["CN"]


def a_run(organization_id: OrganizationId, payload: Payload) -> TaskRun:
    context = CommandContext(organization_id=organization_id, actor=Actor(subject="test"))
    return TaskRun(
        organization_id=organization_id,
        type="invoice:afip-submit",
        payload=payload,
        context=context,
    )


@pytest.fixture
async def bureau(arca: ArcaOfSandbox, database: Database) -> AsyncIterator[Bureau]:
    async with contextlib.AsyncExitStack() as stack:
        opener = await stack.enter_async_context(open_transactions(database))
        tickets = PostgresAccessTickets(opener.pool, KEYS)
        services = await stack.enter_async_context(arca.services(tickets))
        yield Bureau(opener, arca, services)


async def test_an_organisation_with_its_own_certificate_gets_a_cae_with_that(
    bureau: Bureau,
) -> None:
    organization_id, cuit = await bureau.organization()
    await bureau.connect_new(organization_id, cuit, "plomeria-propia")

    invoice = await bureau.submit(bureau.worker(), organization_id, cuit)

    assert invoice.fiscal_state is FiscalState.AUTHORIZED
    assert bureau.logins() == ["plomeria-propia"]


async def test_the_others_get_theirs_with_the_platforms(bureau: Bureau) -> None:
    (own, own_cuit), (other, other_cuit) = [await bureau.organization() for _ in range(2)]
    await bureau.connect_new(own, own_cuit, "plomeria-propia")
    worker = bureau.worker()

    invoices = [
        await bureau.submit(worker, own, own_cuit),
        await bureau.submit(worker, other, other_cuit),
    ]

    assert {invoice.fiscal_state for invoice in invoices} == {FiscalState.AUTHORIZED}
    assert bureau.logins() == ["plomeria-propia", "campotech"]


async def test_a_key_that_was_made_here_never_travels(bureau: Bureau) -> None:
    organization_id, cuit = await bureau.organization()
    request = await bureau.request(organization_id, "hecha-aca")

    await bureau.connect(organization_id, bureau.arca.sandbox.certificate_for(request))
    invoice = await bureau.submit(bureau.worker(), organization_id, cuit)

    assert invoice.fiscal_state is FiscalState.AUTHORIZED
    assert bureau.logins() == ["hecha-aca"]


async def test_after_disconnecting_the_platforms_certificate_is_used(bureau: Bureau) -> None:
    organization_id, cuit = await bureau.organization()
    await bureau.connect_new(organization_id, cuit, "plomeria-propia")
    worker = bureau.worker()
    await bureau.submit(worker, organization_id, cuit)

    await bureau.disconnect(organization_id)
    invoice = await bureau.submit(worker, organization_id, cuit)

    assert invoice.number == 2
    assert bureau.logins() == ["plomeria-propia", "campotech"]


async def test_a_renewed_certificate_is_used_at_once(bureau: Bureau) -> None:
    organization_id, cuit = await bureau.organization()
    worker = bureau.worker()
    await bureau.connect_new(organization_id, cuit, "primera")
    await bureau.submit(worker, organization_id, cuit)

    await bureau.connect_new(organization_id, cuit, "segunda")
    await bureau.submit(worker, organization_id, cuit)

    assert bureau.logins() == ["primera", "segunda"]


async def test_an_organisations_workers_share_its_login(bureau: Bureau) -> None:
    organization_id, cuit = await bureau.organization()
    await bureau.connect_new(organization_id, cuit, "plomeria-propia")

    for worker in (bureau.worker(), bureau.worker()):
        await bureau.submit(worker, organization_id, cuit)

    assert bureau.logins() == ["plomeria-propia"]


async def test_without_any_certificate_an_invoice_waits_for_one(bureau: Bureau) -> None:
    organization_id, cuit = await bureau.organization()

    with pytest.raises(ArcaNotConnectedError):
        await bureau.submit(bureau.worker(has_platform_certificate=False), organization_id, cuit)

    assert bureau.logins() == []
