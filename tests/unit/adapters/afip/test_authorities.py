"""Whose certificate goes to ARCA, and how long what belongs to it is kept."""

from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.afip.authorities import ArcaAuthorities, ArcaNotConnectedError
from adapters.afip.certificates import X509Certificates
from adapters.afip.credentials import Credentials
from adapters.afip.services import ArcaServices, open_arca_services
from domain.connections.arca_certificate import PrivateKey
from domain.connections.ports import OwnCertificate
from domain.identifiers import OrganizationId
from tests.support.builders import VALID_CUIT, an_organization_id
from tests.support.clocks import StoppedClock
from tests.support.connection_builders import GivenCertificates
from tests.support.guarded import guarded_calls
from tests.support.in_memory_access_tickets import InMemoryAccessTickets
from tests.support.own_certificates import a_certificate, an_rsa_key

RSA_KEY = an_rsa_key()
PLATFORM = Credentials(a_certificate(RSA_KEY), RSA_KEY)


class Bureau:
    """Organisations, some with a certificate of their own."""

    def __init__(self) -> None:
        self.own = GivenCertificates()

    def organization(self) -> OrganizationId:
        organization_id = an_organization_id()
        self.give(organization_id, RSA_KEY)
        return organization_id

    def give(self, organization_id: OrganizationId, key: rsa.RSAPrivateKey) -> None:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        private_key = PrivateKey(pem.decode())
        certificate = a_certificate(key).public_bytes(Encoding.PEM).decode()
        read = X509Certificates().read(certificate, private_key)
        self.own.certificates[organization_id, VALID_CUIT] = OwnCertificate(read, private_key)


@pytest.fixture
async def services() -> AsyncIterator[ArcaServices]:
    async with open_arca_services(
        wsaa_url="http://wsaa.invalid",
        wsfe_url="http://wsfe.invalid",
        tickets=InMemoryAccessTickets(),
        clock=StoppedClock(),
        calls=guarded_calls(),
    ) as opened:
        yield opened


async def test_what_belongs_to_a_certificate_is_kept_while_it_is_used(
    services: ArcaServices,
) -> None:
    bureau = Bureau()
    authorities = ArcaAuthorities(services, bureau.own, PLATFORM, most_kept=2)
    first, second, third = [bureau.organization() for _ in range(3)]

    kept = await authorities.of(first, VALID_CUIT)
    await authorities.of(second, VALID_CUIT)
    still_kept = await authorities.of(first, VALID_CUIT)
    await authorities.of(third, VALID_CUIT)

    assert still_kept is kept
    assert await authorities.of(first, VALID_CUIT) is kept
    assert await authorities.of(second, VALID_CUIT) is not kept


async def test_the_longest_unused_makes_room(services: ArcaServices) -> None:
    bureau = Bureau()
    authorities = ArcaAuthorities(services, bureau.own, PLATFORM, most_kept=1)
    first, second = bureau.organization(), bureau.organization()

    before = await authorities.of(first, VALID_CUIT)
    await authorities.of(second, VALID_CUIT)

    assert await authorities.of(first, VALID_CUIT) is not before


async def test_whoever_has_no_certificate_of_their_own_speaks_with_the_platforms(
    services: ArcaServices,
) -> None:
    bureau = Bureau()
    authorities = ArcaAuthorities(services, bureau.own, PLATFORM)
    own = bureau.organization()

    platforms = await authorities.of(an_organization_id(), VALID_CUIT)

    assert await authorities.of(an_organization_id(), VALID_CUIT) is platforms
    assert await authorities.of(own, VALID_CUIT) is not platforms
    assert await authorities.of(own, "20123456786") is platforms


async def test_without_any_certificate_nobody_is_called(services: ArcaServices) -> None:
    authorities = ArcaAuthorities(services, GivenCertificates(), None)

    with pytest.raises(ArcaNotConnectedError) as refusal:
        await authorities.of(an_organization_id(), VALID_CUIT)

    assert refusal.value.cause == "arca_not_connected"
