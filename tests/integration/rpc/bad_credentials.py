"""Bad input about connections and keys, one line each."""

from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from campotech.directory.v1 import api_keys_pb2, connections_pb2
from campotech.directory.v1.member_pb2 import Member
from tests.integration.rpc.bad_input import UUID, BadInput, Call
from tests.support.businesses import Business
from tests.support.connecting import (
    connecting_arca,
    connecting_whatsapp,
    creating_api_key,
)

ANOTHER_CUIT = "20123456786"
CERTIFICATE = "-----BEGIN CERTIFICATE-----"
TOO_LONG = "x" * 16_385
LINES = "EAAG-of-our-own\r\nX-Evil: 1"
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
ENOUGH_BUT_PAST = Timestamp(seconds=1)
NEVER = Timestamp(seconds=-(10**15))


def _arca(**particular: Any) -> Call:
    def call(business: Business) -> Any:
        return business.owner.app.connections.ConnectArca(connecting_arca(**particular))

    return call


def _request(**values: Any) -> Call:
    request = connections_pb2.RequestArcaCertificateRequest(**{"name": "arcaConnection", **values})
    return lambda business: business.owner.app.connections.RequestArcaCertificate(request)


def _whatsapp(**particular: Any) -> Call:
    request = connecting_whatsapp(**particular)
    return lambda business: business.owner.app.connections.ConnectWhatsApp(request)


def _key(**particular: Any) -> Call:
    request = creating_api_key(**particular)
    return lambda business: business.owner.app.api_keys.CreateApiKey(request)


def _connection(method: str) -> Call:
    request = getattr(connections_pb2, f"{method}Request")(name="connections/1")
    return lambda business: getattr(business.owner.app.connections, method)(request)


def _revoked(name: str) -> Call:
    request = api_keys_pb2.RevokeApiKeyRequest(name=name)
    return lambda business: business.owner.app.api_keys.RevokeApiKey(request)


NAMING_A_CONNECTION = (
    "GetArcaConnection",
    "DisconnectArca",
    "GetWhatsAppConnection",
    "DisconnectWhatsApp",
)

BAD_CREDENTIALS = [
    *(
        BadInput(f"{method} of a connection that is none", _connection(method), ("name",))
        for method in NAMING_A_CONNECTION
    ),
    BadInput("a key's name that is none", _revoked("keys/1"), ("name",)),
    BadInput("a connection that is none", _arca(name="arca"), ("name",)),
    BadInput(
        "a connection of something else",
        _request(name="whatsAppConnection", alias="otra"),
        ("name",),
    ),
    BadInput("no certificate", _arca(certificate=""), ("certificate",), "FIELD_REQUIRED"),
    BadInput("a certificate without end", _arca(certificate=TOO_LONG), ("certificate",)),
    BadInput(
        "a certificate that is none",
        _arca(certificate=CERTIFICATE),
        ("certificate",),
        "ARCA_CERTIFICATE_INVALID",
    ),
    BadInput(
        "a certificate of another CUIT",
        _arca(cuit=ANOTHER_CUIT),
        ("certificate",),
        "ARCA_CERTIFICATE_OF_ANOTHER_CUIT",
    ),
    BadInput("a private key without end", _arca(private_key=TOO_LONG), ("private_key",)),
    BadInput(
        "a private key that is none",
        _arca(private_key="x"),
        ("private_key",),
        "ARCA_PRIVATE_KEY_INVALID",
    ),
    BadInput(
        "no private key at all",
        _arca(private_key=""),
        (),
        "ARCA_PRIVATE_KEY_MISSING",
        PRECONDITION,
    ),
    BadInput("an alias with spaces", _request(alias="la mía"), ("alias",)),
    BadInput("no alias", _request(), ("alias",), "FIELD_REQUIRED"),
    BadInput(
        "a number's id with letters", _whatsapp(phone_number_id="fifteen"), ("phone_number_id",)
    ),
    BadInput("a token of two headers", _whatsapp(access_token=LINES), ("access_token",)),
    BadInput(
        "no token for a number", _whatsapp(access_token=""), ("access_token",), "FIELD_REQUIRED"
    ),
    BadInput(
        "a number that nobody can call",
        _whatsapp(display_phone_number="15-5555"),
        ("display_phone_number",),
    ),
    BadInput(
        "an account with letters", _whatsapp(business_account_id="mine"), ("business_account_id",)
    ),
    BadInput(
        "a key for nothing", _key(display_name=""), ("api_key.display_name",), "FIELD_REQUIRED"
    ),
    BadInput("a key without roles", _key(roles=[]), ("api_key.roles",), "FIELD_REQUIRED"),
    BadInput("a technician's key", _key(roles=[Member.ROLE_TECHNICIAN]), ("api_key.roles[0]",)),
    BadInput(
        "a key that has expired already",
        _key(expire_time=ENOUGH_BUT_PAST),
        ("api_key.expire_time",),
        "API_KEY_EXPIRES_TOO_SOON",
    ),
    BadInput("a key of a time that never was", _key(expire_time=NEVER), ("api_key.expire_time",)),
    BadInput(
        "a key that does not exist",
        lambda business: business.owner.app.api_keys.RevokeApiKey(
            api_keys_pb2.RevokeApiKeyRequest(name=f"apiKeys/{UUID}")
        ),
        (),
        "API_KEY_NOT_FOUND",
        grpc.StatusCode.NOT_FOUND,
    ),
    BadInput(
        "fewer keys than none",
        lambda business: business.owner.app.api_keys.ListApiKeys(
            api_keys_pb2.ListApiKeysRequest(page_size=-1)
        ),
        ("page_size",),
    ),
]
