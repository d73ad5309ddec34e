"""Connections in memory, with secrets as they are, and a reader of certificates that are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

from domain.commands import CommandContext
from domain.connections.arca_certificate import (
    ArcaCertificate,
    ArcaPrivateKeyInvalidError,
    CertificateRequest,
    PrivateKey,
)
from domain.connections.arca_connection import ArcaConnection
from domain.connections.ports import ConnectionTransaction, Taxpayer
from domain.connections.whatsapp_connection import AccessToken, WhatsAppConnection
from domain.directory.organization import WhatsAppNumberTakenError
from domain.errors import DomainError, NotFoundError
from domain.identifiers import OrganizationId
from tests.support.in_memory_transactions import InMemoryTransaction, Ledger, committing

SEALING_KEY = "memory"
Row = TypeVar("Row")


class InMemoryConnectionStore:
    """The domain's ConnectionStore."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.taxpayers: dict[OrganizationId, Taxpayer | None] = {}
        self.arca_connections: dict[OrganizationId, tuple[ArcaConnection, PrivateKey]] = {}
        self.requests: dict[OrganizationId, tuple[CertificateRequest, PrivateKey]] = {}
        self.whatsapp_connections: dict[OrganizationId, tuple[WhatsAppConnection, AccessToken]] = {}
        self.numbers: dict[str, OrganizationId] = {}

    @asynccontextmanager
    async def transaction(self, context: CommandContext) -> AsyncIterator[ConnectionTransaction]:
        async with committing(InMemoryConnectionTransaction(self, context)) as transaction:
            yield transaction

    async def arca(self, organization_id: OrganizationId) -> ArcaConnection:
        if organization_id not in self.arca_connections:
            raise NotFoundError("arca_connection")
        return replace(self.arca_connections[organization_id][0], sealing_key=SEALING_KEY)

    async def whatsapp(self, organization_id: OrganizationId) -> WhatsAppConnection:
        if organization_id not in self.whatsapp_connections:
            raise NotFoundError("whatsapp_connection")
        return replace(self.whatsapp_connections[organization_id][0], sealing_key=SEALING_KEY)


class InMemoryConnectionTransaction(InMemoryTransaction):
    """The domain's ConnectionTransaction."""

    def __init__(self, store: InMemoryConnectionStore, context: CommandContext) -> None:
        super().__init__(store.ledger, context)
        self._store = store
        self._organization_id = context.organization_id

    async def taxpayer(self) -> Taxpayer | None:
        return self._store.taxpayers.get(self._organization_id)

    async def arca(self) -> ArcaConnection | None:
        found = self._store.arca_connections.get(self._organization_id)
        return found[0] if found else None

    async def save_arca(self, connection: ArcaConnection, key: PrivateKey) -> None:
        stored = self._store.arca_connections
        self.on_commit(lambda: stored.__setitem__(self._organization_id, (connection, key)))

    async def forget_arca(self) -> bool:
        is_there = self._organization_id in self._store.arca_connections
        self.on_commit(lambda: self._drop(self._store.arca_connections))
        return await self._forget_waiting() or is_there

    async def certificate_request(self) -> CertificateRequest | None:
        found = self._store.requests.get(self._organization_id)
        return found[0] if found else None

    async def requested_key(self) -> PrivateKey | None:
        found = self._store.requests.get(self._organization_id)
        return found[1] if found else None

    async def save_request(self, request: CertificateRequest, key: PrivateKey) -> None:
        stored = self._store.requests
        self.on_commit(lambda: stored.__setitem__(self._organization_id, (request, key)))

    async def forget_request(self) -> None:
        await self._forget_waiting()

    async def whatsapp(self) -> WhatsAppConnection | None:
        found = self._store.whatsapp_connections.get(self._organization_id)
        return found[0] if found else None

    async def save_whatsapp(self, connection: WhatsAppConnection, token: AccessToken) -> None:
        if self._organization_id not in self._store.taxpayers:
            raise NotFoundError("organization", self._organization_id)
        number = connection.phone_number_id
        if self._store.numbers.get(number, self._organization_id) != self._organization_id:
            raise WhatsAppNumberTakenError(number)

        def save() -> None:
            self._drop_numbers()
            self._store.numbers[number] = self._organization_id
            self._store.whatsapp_connections[self._organization_id] = (connection, token)

        self.on_commit(save)

    async def forget_whatsapp(self) -> bool:
        is_there = self._organization_id in self._store.numbers.values()
        self.on_commit(self._drop_numbers)
        self.on_commit(lambda: self._drop(self._store.whatsapp_connections))
        return is_there

    async def _forget_waiting(self) -> bool:
        is_there = self._organization_id in self._store.requests
        self.on_commit(lambda: self._drop(self._store.requests))
        return is_there

    def _drop(self, rows: dict[OrganizationId, Row]) -> None:
        rows.pop(self._organization_id, None)

    def _drop_numbers(self) -> None:
        owned = self._store.numbers.items()
        self._store.numbers = {
            number: owner for number, owner in owned if owner != self._organization_id
        }


class GivenNumbers:
    """The domain's WhatsAppNumbers: any token opens any number, unless `trouble` is raised."""

    def __init__(self) -> None:
        self.trouble: DomainError | None = None

    async def check(
        self, organization_id: OrganizationId, phone_number_id: str, *, token: AccessToken
    ) -> None:
        if self.trouble is not None:
            raise self.trouble


class KnownCertificates:
    """The domain's ArcaCertificates: what is read is what was given, each with its key."""

    def __init__(self, *given: tuple[ArcaCertificate, PrivateKey]) -> None:
        self.given = {certificate.pem: (certificate, key) for certificate, key in given}
        self.made = 0

    def read(self, certificate_pem: str, key: PrivateKey) -> ArcaCertificate:
        certificate, own_key = self.given[certificate_pem]
        if key != own_key:
            raise ArcaPrivateKeyInvalidError("This is another certificate's key.")
        return certificate

    async def request(
        self, *, cuit: str, organization: str, alias: str
    ) -> tuple[CertificateRequest, PrivateKey]:
        self.made += 1
        request = CertificateRequest(
            cuit=cuit, alias=alias, subject=f"CN={alias},O={organization}", pem=f"CSR {self.made}"
        )
        return request, PrivateKey(f"key {self.made}")
