"""ConnectionService: parse, call the use case, print the answer; secrets go in and never out."""

from campotech.directory.v1 import connections_pb2, connections_pb2_grpc
from domain.clock import Clock
from domain.connections.arca_certificate import PrivateKey
from domain.connections.ports import ArcaCertificates, ConnectionStore, WhatsAppNumbers
from domain.connections.use_cases.connect_arca import ConnectArca, connect_arca
from domain.connections.use_cases.connect_whatsapp import ConnectWhatsApp, connect_whatsapp
from domain.connections.use_cases.disconnect_arca import DisconnectArca, disconnect_arca
from domain.connections.use_cases.disconnect_whatsapp import (
    DisconnectWhatsApp,
    disconnect_whatsapp,
)
from domain.connections.use_cases.request_arca_certificate import (
    RequestArcaCertificate,
    request_arca_certificate,
)
from domain.connections.whatsapp_connection import AccessToken
from domain.identifiers import OrganizationId
from server.caller import command_context, current_caller
from server.calls import ServicerContext
from server.resource_names import ARCA_CONNECTION, WHATSAPP_CONNECTION, Singleton
from server.services.connection_messages import arca_to_proto, whatsapp_to_proto


class ConnectionService(connections_pb2_grpc.ConnectionServiceServicer):
    """How the caller's organisation is known to services outside."""

    def __init__(
        self,
        connections: ConnectionStore,
        certificates: ArcaCertificates,
        clock: Clock,
        *,
        whatsapp_numbers: WhatsAppNumbers,
    ) -> None:
        self._connections = connections
        self._certificates = certificates
        self._clock = clock
        self._whatsapp_numbers = whatsapp_numbers

    async def RequestArcaCertificate(
        self, request: connections_pb2.RequestArcaCertificateRequest, context: ServicerContext
    ) -> connections_pb2.RequestArcaCertificateResponse:
        _own(ARCA_CONNECTION, request.name)
        requested = await request_arca_certificate(
            self._connections,
            self._certificates,
            context=command_context(),
            command=RequestArcaCertificate(alias=request.alias),
        )
        return connections_pb2.RequestArcaCertificateResponse(
            certificate_request=requested.pem, subject=requested.subject
        )

    async def ConnectArca(
        self, request: connections_pb2.ConnectArcaRequest, context: ServicerContext
    ) -> connections_pb2.ConnectArcaResponse:
        _own(ARCA_CONNECTION, request.name)
        connection = await connect_arca(
            self._connections,
            self._certificates,
            self._clock,
            context=command_context(request.request_id),
            command=ConnectArca(
                certificate_pem=request.certificate,
                private_key=PrivateKey(request.private_key) if request.private_key else None,
            ),
        )
        return connections_pb2.ConnectArcaResponse(
            arca_connection=arca_to_proto(connection, self._clock.now())
        )

    async def GetArcaConnection(
        self, request: connections_pb2.GetArcaConnectionRequest, context: ServicerContext
    ) -> connections_pb2.GetArcaConnectionResponse:
        connection = await self._connections.arca(_own(ARCA_CONNECTION, request.name))
        return connections_pb2.GetArcaConnectionResponse(
            arca_connection=arca_to_proto(connection, self._clock.now())
        )

    async def DisconnectArca(
        self, request: connections_pb2.DisconnectArcaRequest, context: ServicerContext
    ) -> connections_pb2.DisconnectArcaResponse:
        _own(ARCA_CONNECTION, request.name)
        await disconnect_arca(
            self._connections,
            context=command_context(request.request_id),
            command=DisconnectArca(),
        )
        return connections_pb2.DisconnectArcaResponse()

    async def ConnectWhatsApp(
        self, request: connections_pb2.ConnectWhatsAppRequest, context: ServicerContext
    ) -> connections_pb2.ConnectWhatsAppResponse:
        _own(WHATSAPP_CONNECTION, request.name)
        connection = await connect_whatsapp(
            self._connections,
            self._whatsapp_numbers,
            self._clock,
            context=command_context(request.request_id),
            command=ConnectWhatsApp(
                phone_number_id=request.phone_number_id,
                access_token=AccessToken(request.access_token),
                display_phone_number=request.display_phone_number,
                business_account_id=request.business_account_id,
            ),
        )
        return connections_pb2.ConnectWhatsAppResponse(
            whatsapp_connection=whatsapp_to_proto(connection)
        )

    async def GetWhatsAppConnection(
        self, request: connections_pb2.GetWhatsAppConnectionRequest, context: ServicerContext
    ) -> connections_pb2.GetWhatsAppConnectionResponse:
        connection = await self._connections.whatsapp(_own(WHATSAPP_CONNECTION, request.name))
        return connections_pb2.GetWhatsAppConnectionResponse(
            whatsapp_connection=whatsapp_to_proto(connection)
        )

    async def DisconnectWhatsApp(
        self, request: connections_pb2.DisconnectWhatsAppRequest, context: ServicerContext
    ) -> connections_pb2.DisconnectWhatsAppResponse:
        _own(WHATSAPP_CONNECTION, request.name)
        await disconnect_whatsapp(
            self._connections,
            context=command_context(request.request_id),
            command=DisconnectWhatsApp(),
        )
        return connections_pb2.DisconnectWhatsAppResponse()


def _own(singleton: Singleton, name: str) -> OrganizationId:
    organization_id = current_caller().organization_id
    singleton.check(name, within=organization_id)
    return organization_id
