"""Connections and keys, asked for through the API as owners ask for them."""

from functools import cache
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from campotech.directory.v1 import api_key_pb2, api_keys_pb2, connections_pb2
from campotech.directory.v1.member_pb2 import Member
from tests.support.builders import VALID_CUIT
from tests.support.businesses import Business
from tests.support.clocks import new_id
from tests.support.own_certificates import Key, a_certificate, an_rsa_key

ACCESS_TOKEN = "EAAG-of-our-own"  # noqa: S105  # of no app


def connecting_arca(
    key: Key | None = None, *, cuit: str = VALID_CUIT, **particular: Any
) -> connections_pb2.ConnectArcaRequest:
    """Return a request with a certificate and its key; it names the short way."""
    own = key or _one_key()
    pem = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    values: dict[str, Any] = {
        "name": "arcaConnection",
        "certificate": a_certificate(own, cuit).public_bytes(Encoding.PEM).decode(),
        "private_key": pem.decode(),
        **particular,
    }
    return connections_pb2.ConnectArcaRequest(**values)


@cache
def _one_key() -> Key:
    """Return a key for all who do not care which: to make one takes a tenth of a second."""
    return an_rsa_key()


def connecting_whatsapp(**particular: Any) -> connections_pb2.ConnectWhatsAppRequest:
    values: dict[str, Any] = {
        "name": "whatsAppConnection",
        "phone_number_id": str(new_id().int)[-15:],
        "access_token": ACCESS_TOKEN,
        "display_phone_number": "+5491155550100",
        **particular,
    }
    return connections_pb2.ConnectWhatsAppRequest(**values)


def creating_api_key(**particular: Any) -> api_keys_pb2.CreateApiKeyRequest:
    request_id, parent = particular.pop("request_id", ""), particular.pop("parent", "")
    values: dict[str, Any] = {
        "display_name": "Contabilidad",
        "roles": [Member.ROLE_DISPATCHER],
        **particular,
    }
    return api_keys_pb2.CreateApiKeyRequest(
        parent=parent, api_key=api_key_pb2.ApiKey(**values), request_id=request_id
    )


async def an_api_key_of(business: Business, **particular: Any) -> api_keys_pb2.CreateApiKeyResponse:
    """Create a key as the owner does."""
    return await business.owner.app.api_keys.CreateApiKey(creating_api_key(**particular))


async def connect_everything(business: Business, phone_number_id: str) -> None:
    """Give a business a certificate, a request that waits for another, and a number."""
    connections = business.owner.app.connections
    await connections.ConnectArca(connecting_arca())
    await connections.RequestArcaCertificate(
        connections_pb2.RequestArcaCertificateRequest(name="arcaConnection", alias="renovada")
    )
    await connections.ConnectWhatsApp(connecting_whatsapp(phone_number_id=phone_number_id))
