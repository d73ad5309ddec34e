"""Connections between the contract and the domain; nothing secret is printed."""

from datetime import datetime

from campotech.directory.v1 import arca_connection_pb2, whatsapp_connection_pb2
from domain.connections.arca_connection import ArcaConnection, ArcaConnectionState
from domain.connections.whatsapp_connection import WhatsAppConnection
from server.etags import etag_of
from server.resource_names import ARCA_CONNECTION, WHATSAPP_CONNECTION
from server.timestamps import timestamp_to_proto

STATES = {
    state: arca_connection_pb2.ArcaConnection.State.Value(f"STATE_{state}")
    for state in ArcaConnectionState
}


def arca_to_proto(connection: ArcaConnection, now: datetime) -> arca_connection_pb2.ArcaConnection:
    """Print a connection to ARCA."""
    certificate = connection.certificate
    return arca_connection_pb2.ArcaConnection(
        name=ARCA_CONNECTION.name(connection.organization_id),
        state=STATES[connection.state(now)],
        alias=certificate.alias,
        subject=certificate.subject,
        cuit=certificate.cuit,
        fingerprint=certificate.fingerprint,
        valid_from_time=timestamp_to_proto(certificate.valid_from),
        expire_time=timestamp_to_proto(certificate.expires_at),
        sealing_key=connection.sealing_key,
        create_time=timestamp_to_proto(connection.created_at),
        update_time=timestamp_to_proto(connection.updated_at),
        etag=etag_of(connection.version),
    )


def whatsapp_to_proto(
    connection: WhatsAppConnection,
) -> whatsapp_connection_pb2.WhatsAppConnection:
    """Print a connection to WhatsApp."""
    return whatsapp_connection_pb2.WhatsAppConnection(
        name=WHATSAPP_CONNECTION.name(connection.organization_id),
        phone_number_id=connection.phone_number_id,
        display_phone_number=connection.display_phone_number,
        business_account_id=connection.business_account_id,
        sealing_key=connection.sealing_key,
        create_time=timestamp_to_proto(connection.created_at),
        update_time=timestamp_to_proto(connection.updated_at),
        etag=etag_of(connection.version),
    )
