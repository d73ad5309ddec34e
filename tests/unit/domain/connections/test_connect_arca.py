"""An organisation gets, changes and loses a certificate of its own."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.connections.arca_certificate import (
    ArcaCertificate,
    ArcaCertificateNotValidNowError,
    ArcaCertificateOfAnotherCuitError,
    ArcaPrivateKeyInvalidError,
    ArcaPrivateKeyMissingError,
    FiscalProfileMissingError,
    PrivateKey,
)
from domain.connections.arca_connection import ArcaConnection, ArcaConnectionState
from domain.connections.ports import Taxpayer
from domain.connections.use_cases.connect_arca import ConnectArca, connect_arca
from domain.connections.use_cases.disconnect_arca import DisconnectArca, disconnect_arca
from domain.connections.use_cases.request_arca_certificate import (
    RequestArcaCertificate,
    request_arca_certificate,
)
from domain.errors import NotFoundError
from domain.identifiers import RequestId
from tests.support.builders import VALID_CUIT, a_context, an_organization_id
from tests.support.clocks import MORNING, StoppedClock
from tests.support.connection_builders import an_arca_certificate, an_arca_connection
from tests.support.in_memory_connections import InMemoryConnectionStore, KnownCertificates

KEY = PrivateKey("its key")
ALIAS = RequestArcaCertificate(alias="plomeria")


class Office:
    """An organisation whose owner has a certificate."""

    def __init__(self, certificate: ArcaCertificate | None = None) -> None:
        self.certificate = certificate or an_arca_certificate()
        self.store = InMemoryConnectionStore()
        self.clock = StoppedClock()
        self.certificates = KnownCertificates((self.certificate, KEY))
        self.organization_id = an_organization_id()
        self.store.taxpayers[self.organization_id] = Taxpayer(VALID_CUIT, "Plomería S.R.L.")

    async def connect(
        self, key: PrivateKey | None = KEY, *, request_id: RequestId | None = None
    ) -> ArcaConnection:
        return await connect_arca(
            self.store,
            self.certificates,
            self.clock,
            context=a_context(self.organization_id, request_id=request_id),
            command=ConnectArca(certificate_pem=self.certificate.pem, private_key=key),
        )

    async def request(self, command: RequestArcaCertificate = ALIAS) -> str:
        requested = await request_arca_certificate(
            self.store,
            self.certificates,
            context=a_context(self.organization_id),
            command=command,
        )
        return requested.pem

    async def disconnect(self) -> None:
        await disconnect_arca(
            self.store, context=a_context(self.organization_id), command=DisconnectArca()
        )


async def test_a_certificate_is_connected_with_its_key() -> None:
    office = Office()

    connection = await office.connect()

    assert connection.certificate == office.certificate
    assert office.store.arca_connections[office.organization_id][1] == KEY
    assert office.store.ledger.audits == [("arca_connected", office.organization_id)]


async def test_a_key_that_is_not_the_certificates_is_refused() -> None:
    with pytest.raises(ArcaPrivateKeyInvalidError):
        await Office().connect(PrivateKey("another key"))


async def test_a_certificate_of_another_cuit_is_refused() -> None:
    office = Office(an_arca_certificate(cuit="20123456786"))

    with pytest.raises(ArcaCertificateOfAnotherCuitError):
        await office.connect()


@pytest.mark.parametrize(
    "dates",
    [{"valid_from": MORNING + timedelta(seconds=1)}, {"expires_at": MORNING}],
    ids=["not yet", "no more"],
)
async def test_a_certificate_that_is_not_valid_now_is_refused(dates: dict[str, object]) -> None:
    office = Office(an_arca_certificate(**dates))

    with pytest.raises(ArcaCertificateNotValidNowError):
        await office.connect()


async def test_without_a_fiscal_profile_nothing_is_connected_or_requested() -> None:
    office = Office()
    office.store.taxpayers[office.organization_id] = None

    with pytest.raises(FiscalProfileMissingError):
        await office.connect()
    with pytest.raises(FiscalProfileMissingError):
        await office.request()


async def test_without_any_key_nothing_is_connected() -> None:
    with pytest.raises(ArcaPrivateKeyMissingError):
        await Office().connect(None)


async def test_a_repeat_connects_nothing_a_second_time() -> None:
    office, request_id = Office(), RequestId(uuid4())
    first = await office.connect(request_id=request_id)

    again = await office.connect(request_id=request_id)

    assert again == first
    assert len(office.store.ledger.audits) == 1


async def test_a_renewed_certificate_takes_the_place_of_the_first() -> None:
    office = Office()
    first = await office.connect()
    office.certificate = replace(office.certificate, pem="renewed", fingerprint="f" * 64)
    office.certificates.given["renewed"] = (office.certificate, KEY)
    office.clock.advance(timedelta(days=300))

    renewed = await office.connect()

    assert renewed.certificate.fingerprint == "f" * 64
    assert (renewed.version, renewed.created_at) == (2, first.created_at)
    assert renewed.updated_at == office.clock.now()


async def test_a_requested_certificate_is_connected_without_sending_its_key() -> None:
    office = Office()
    await office.request()
    office.certificates.given[office.certificate.pem] = (office.certificate, PrivateKey("key 1"))

    await office.connect(None)

    stored = office.store.arca_connections[office.organization_id]
    assert stored[1] == PrivateKey("key 1")
    assert office.store.requests == {}


async def test_a_request_that_waits_is_returned_again() -> None:
    office = Office()

    first, again = await office.request(), await office.request()

    assert first == again
    assert office.certificates.made == 1


async def test_a_request_for_another_alias_takes_the_place_of_the_first() -> None:
    office = Office()
    await office.request()

    second = await office.request(RequestArcaCertificate(alias="otra"))

    assert office.store.requests[office.organization_id][0].pem == second
    assert office.certificates.made == 2


async def test_a_certificate_that_came_with_its_key_leaves_a_request_waiting() -> None:
    office = Office()
    await office.request()

    await office.connect(KEY)

    assert office.organization_id in office.store.requests


async def test_disconnecting_forgets_everything_and_is_harmless_when_repeated() -> None:
    office = Office()
    await office.connect()

    await office.disconnect()
    await office.disconnect()

    with pytest.raises(NotFoundError):
        await office.store.arca(office.organization_id)
    assert [action for action, _ in office.store.ledger.audits] == [
        "arca_connected",
        "arca_disconnected",
    ]


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (timedelta(days=31), ArcaConnectionState.ACTIVE),
        (timedelta(days=30), ArcaConnectionState.EXPIRING),
        (timedelta(seconds=1), ArcaConnectionState.EXPIRING),
        (timedelta(), ArcaConnectionState.EXPIRED),
        (timedelta(days=-1), ArcaConnectionState.EXPIRED),
    ],
)
def test_a_connection_says_how_long_it_is_good_for(
    left: timedelta, state: ArcaConnectionState
) -> None:
    connection = an_arca_connection(expires_at=MORNING + left)

    assert connection.state(MORNING) is state


def test_a_private_key_is_not_printed() -> None:
    command = ConnectArca(certificate_pem="pem", private_key=PrivateKey("the very key"))

    assert "the very key" not in repr(command)
