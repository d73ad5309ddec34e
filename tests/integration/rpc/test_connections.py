"""ConnectionService over a real channel: secrets go in and never come out."""

from uuid import uuid4

import grpc
import psycopg
import pytest
import structlog
from cryptography import x509
from google.protobuf.message import Message

from campotech.directory.v1 import connections_pb2, directory_pb2
from campotech.directory.v1.arca_connection_pb2 import ArcaConnection
from campotech.messaging.v1 import messages_pb2
from tests.support.builders import VALID_CUIT
from tests.support.businesses import Business, a_business
from tests.support.clocks import new_id
from tests.support.connecting import ACCESS_TOKEN, connecting_arca, connecting_whatsapp
from tests.support.graph_numbers import LOST_TOKEN, REFUSED_TOKEN
from tests.support.refusals import refused
from tests.support.rpc import Api

pytestmark = pytest.mark.asyncio(loop_scope="package")

GET_ARCA = connections_pb2.GetArcaConnectionRequest(name="arcaConnection")
GET_WHATSAPP = connections_pb2.GetWhatsAppConnectionRequest(name="whatsAppConnection")
DISCONNECT_ARCA = connections_pb2.DisconnectArcaRequest(name="arcaConnection")
DISCONNECT_WHATSAPP = connections_pb2.DisconnectWhatsAppRequest(name="whatsAppConnection")
REQUEST = connections_pb2.RequestArcaCertificateRequest(name="arcaConnection", alias="plomeria")


async def test_a_connected_certificate_is_told_without_its_key(business: Business) -> None:
    connections, request = business.owner.app.connections, connecting_arca()

    connected = (await connections.ConnectArca(request)).arca_connection

    own = x509.load_pem_x509_certificate(request.certificate.encode())
    assert connected.name == f"{business.name}/arcaConnection"
    assert connected.state == ArcaConnection.STATE_ACTIVE
    assert (connected.alias, connected.cuit) == ("campotech", VALID_CUIT)
    assert connected.expire_time.ToDatetime() == own.not_valid_after_utc.replace(tzinfo=None)
    assert connected.sealing_key == "rpc"
    assert (await connections.GetArcaConnection(GET_ARCA)).arca_connection == connected


async def test_a_repeated_connection_is_one(business: Business) -> None:
    request = connecting_arca(request_id=str(uuid4()))

    first = await business.owner.app.connections.ConnectArca(request)
    again = await business.owner.app.connections.ConnectArca(request)

    assert first == again


async def test_a_request_for_a_certificate_names_the_taxpayer_and_stays_the_same(
    business: Business,
) -> None:
    connections = business.owner.app.connections

    first = await connections.RequestArcaCertificate(REQUEST)
    again = await connections.RequestArcaCertificate(REQUEST)

    asked = x509.load_pem_x509_csr(first.certificate_request.encode())
    assert asked.subject.rfc4514_string() == first.subject
    assert f"CUIT {VALID_CUIT}" in first.subject
    assert first == again


async def test_a_disconnected_certificate_is_gone_and_disconnecting_again_is_harmless(
    business: Business,
) -> None:
    connections = business.owner.app.connections
    await connections.ConnectArca(connecting_arca())

    for _ in range(2):
        await connections.DisconnectArca(DISCONNECT_ARCA)

    refusal = await refused(connections.GetArcaConnection(GET_ARCA))
    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.NOT_FOUND,
        "ARCA_CONNECTION_NOT_FOUND",
    )


async def test_an_organisation_without_a_fiscal_profile_connects_no_certificate(api: Api) -> None:
    business = await a_business(api, fiscal_profile=None)
    connections = business.owner.app.connections

    refusals = [
        await refused(connections.ConnectArca(connecting_arca())),
        await refused(connections.RequestArcaCertificate(REQUEST)),
    ]

    assert {refusal.reason for refusal in refusals} == {"FISCAL_PROFILE_MISSING"}


async def test_a_connected_number_is_told_without_its_token(business: Business) -> None:
    request = connecting_whatsapp(business_account_id="102290129340398")
    connections = business.owner.app.connections

    connected = (await connections.ConnectWhatsApp(request)).whatsapp_connection

    assert connected.name == f"{business.name}/whatsAppConnection"
    assert connected.phone_number_id == request.phone_number_id
    assert connected.display_phone_number == "+5491155550100"
    assert connected.business_account_id == "102290129340398"
    assert connected.sealing_key == "rpc"
    read = await connections.GetWhatsAppConnection(GET_WHATSAPP)
    assert read.whatsapp_connection == connected


async def test_a_connected_number_is_the_organisations_from_now_on(business: Business) -> None:
    request = connecting_whatsapp()

    await business.owner.app.connections.ConnectWhatsApp(request)

    organization = (
        await business.office.directory.GetOrganization(
            directory_pb2.GetOrganizationRequest(name=business.name)
        )
    ).organization
    assert organization.whatsapp_phone_number_id == request.phone_number_id


async def test_a_number_of_another_organisation_is_taken(business: Business) -> None:
    request = connecting_whatsapp()
    await business.owner.app.connections.ConnectWhatsApp(request)
    other = await a_business(business.api)

    refusal = await refused(other.owner.app.connections.ConnectWhatsApp(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "WHATSAPP_NUMBER_TAKEN",
    )


async def test_a_number_is_connected_with_the_token_that_opens_it_alone(business: Business) -> None:
    request = connecting_whatsapp(access_token=REFUSED_TOKEN)
    connections = business.owner.app.connections

    refusal = await refused(connections.ConnectWhatsApp(request))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "WHATSAPP_TOKEN_REFUSED",
    )
    assert refusal.info.metadata == {"field": "access_token", "code": "190"}
    missing = await refused(connections.GetWhatsAppConnection(GET_WHATSAPP))
    assert missing.reason == "WHATSAPP_CONNECTION_NOT_FOUND"


async def test_who_connects_a_number_while_whatsapp_is_silent_comes_back_later(
    business: Business,
) -> None:
    request = connecting_whatsapp(access_token=LOST_TOKEN)

    refusal = await refused(business.owner.app.connections.ConnectWhatsApp(request))

    assert refusal.code == grpc.StatusCode.UNAVAILABLE
    assert refusal.retry_after_seconds


async def test_a_disconnected_number_sends_nothing_and_is_free_for_others(api: Api) -> None:
    number = str(new_id().int)[-15:]
    business = await a_business(api, whatsapp_phone_number_id=number)
    connections = business.owner.app.connections

    for _ in range(2):
        await connections.DisconnectWhatsApp(DISCONNECT_WHATSAPP)

    sending = messages_pb2.SendMessageRequest(customer=business.customer, text="Hola")
    refusal = await refused(business.office.messaging.SendMessage(sending))
    other = await a_business(api, whatsapp_phone_number_id=number)
    assert refusal.reason == "WHATSAPP_NOT_CONNECTED"
    assert other.name != business.name


async def test_no_secret_is_told_logged_audited_or_stored_as_it_is(business: Business) -> None:
    connections, request = business.owner.app.connections, connecting_arca()
    secret = "".join(request.private_key.splitlines()[1:3])
    with structlog.testing.capture_logs() as logs:
        answers: list[Message] = [
            await connections.ConnectArca(request),
            await connections.GetArcaConnection(GET_ARCA),
            await connections.ConnectWhatsApp(connecting_whatsapp()),
            await connections.GetWhatsAppConnection(GET_WHATSAPP),
        ]
        request.certificate = request.certificate.replace("M", "W")
        refusal = await refused(connections.ConnectArca(request))

    told = f"{answers} {logs} {refusal} {_rows(business)}"
    assert logs
    assert refusal.reason == "ARCA_CERTIFICATE_INVALID"
    assert request.private_key.splitlines()[1] not in told
    assert secret not in told
    assert ACCESS_TOKEN not in told


def _rows(business: Business) -> str:
    """Return everything that was stored of these commands, as whoever owns the database sees it."""
    with psycopg.connect(business.api.database.superuser_url) as connection:
        found = connection.execute(
            "SELECT to_jsonb(a)::text FROM arca_connections a WHERE organization_id = %(id)s"
            " UNION ALL SELECT to_jsonb(w)::text FROM whatsapp_connections w"
            " WHERE organization_id = %(id)s"
            " UNION ALL SELECT to_jsonb(l)::text FROM audit_logs l WHERE organization_id = %(id)s"
            " UNION ALL SELECT to_jsonb(c)::text FROM command_requests c"
            " WHERE organization_id = %(id)s",
            {"id": business.id},
        ).fetchall()
    assert any("arca_connected" in row for (row,) in found)
    return str(found)
