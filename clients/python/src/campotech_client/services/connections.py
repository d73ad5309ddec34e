"""How the business is known outside: its certificate for ARCA, its number at WhatsApp."""

from campotech.directory.v1 import connections_pb2, connections_pb2_grpc
from campotech.directory.v1.arca_connection_pb2 import ArcaConnection
from campotech.directory.v1.whatsapp_connection_pb2 import WhatsAppConnection
from campotech_client.connection import Connection, new_request_id

_ARCA = "arcaConnection"
_WHATSAPP = "whatsAppConnection"


class ConnectionsClient:
    """Connects and disconnects; for owners. Secrets go in and never come out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = connections_pb2_grpc.ConnectionServiceStub(connection.channel)

    async def request_arca_certificate(
        self, alias: str, *, timeout_seconds: float | None = None
    ) -> str:
        """Return the request (PEM) to upload to ARCA for a certificate; its key stays there.

        Raises PreconditionError (FISCAL_PROFILE_MISSING).
        """
        response = await self._connection.call(
            self._stub.RequestArcaCertificate,
            connections_pb2.RequestArcaCertificateRequest(name=_ARCA, alias=alias),
            timeout_seconds=timeout_seconds,
        )
        return response.certificate_request

    async def connect_arca(
        self,
        certificate: str,
        *,
        private_key: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> ArcaConnection:
        """Have invoices authorised with a certificate (PEM) of the business's own.

        Without `private_key` it is that of `request_arca_certificate`. Raises InvalidInputError
        (ARCA_CERTIFICATE_INVALID, ARCA_CERTIFICATE_NOT_VALID_NOW, ARCA_CERTIFICATE_OF_ANOTHER_CUIT,
        ARCA_PRIVATE_KEY_INVALID), PreconditionError (ARCA_PRIVATE_KEY_MISSING,
        FISCAL_PROFILE_MISSING).
        """
        request = connections_pb2.ConnectArcaRequest(
            name=_ARCA,
            certificate=certificate,
            private_key=private_key,
            request_id=request_id or new_request_id(),
        )
        response = await self._connection.call(
            self._stub.ConnectArca, request, timeout_seconds=timeout_seconds
        )
        return response.arca_connection

    async def get_arca(self, *, timeout_seconds: float | None = None) -> ArcaConnection:
        """Return which certificate is connected.

        Raises NotFoundError (ARCA_CONNECTION_NOT_FOUND).
        """
        response = await self._connection.call(
            self._stub.GetArcaConnection,
            connections_pb2.GetArcaConnectionRequest(name=_ARCA),
            timeout_seconds=timeout_seconds,
        )
        return response.arca_connection

    async def disconnect_arca(
        self, *, request_id: str | None = None, timeout_seconds: float | None = None
    ) -> None:
        """Forget the certificate: the platform's is used again."""
        request = connections_pb2.DisconnectArcaRequest(
            name=_ARCA, request_id=request_id or new_request_id()
        )
        await self._connection.call(
            self._stub.DisconnectArca, request, timeout_seconds=timeout_seconds
        )

    async def connect_whatsapp(
        self,
        phone_number_id: str,
        *,
        access_token: str,
        display_phone_number: str,
        business_account_id: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> WhatsAppConnection:
        """Write from a number of the business's own.

        Raises PreconditionError (WHATSAPP_TOKEN_REFUSED), AlreadyExistsError
        (WHATSAPP_NUMBER_TAKEN), UnavailableError when WhatsApp cannot be asked.
        """
        request = connections_pb2.ConnectWhatsAppRequest(
            name=_WHATSAPP,
            phone_number_id=phone_number_id,
            access_token=access_token,
            display_phone_number=display_phone_number,
            business_account_id=business_account_id,
            request_id=request_id or new_request_id(),
        )
        response = await self._connection.call(
            self._stub.ConnectWhatsApp, request, timeout_seconds=timeout_seconds
        )
        return response.whatsapp_connection

    async def get_whatsapp(self, *, timeout_seconds: float | None = None) -> WhatsAppConnection:
        """Return which number is connected.

        Raises NotFoundError (WHATSAPP_CONNECTION_NOT_FOUND).
        """
        response = await self._connection.call(
            self._stub.GetWhatsAppConnection,
            connections_pb2.GetWhatsAppConnectionRequest(name=_WHATSAPP),
            timeout_seconds=timeout_seconds,
        )
        return response.whatsapp_connection

    async def disconnect_whatsapp(
        self, *, request_id: str | None = None, timeout_seconds: float | None = None
    ) -> None:
        """Forget the number: nothing is sent and received any more."""
        request = connections_pb2.DisconnectWhatsAppRequest(
            name=_WHATSAPP, request_id=request_id or new_request_id()
        )
        await self._connection.call(
            self._stub.DisconnectWhatsApp, request, timeout_seconds=timeout_seconds
        )
