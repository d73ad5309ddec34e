"""The one object that a program needs: an address and a token become the platform's services."""

from types import TracebackType
from typing import Self

from campotech_client.channels import open_channel
from campotech_client.connection import DEFAULT_TIMEOUT_SECONDS, Connection
from campotech_client.retries import RetryPolicy
from campotech_client.services.api_keys import ApiKeysClient
from campotech_client.services.connections import ConnectionsClient
from campotech_client.services.directory import DirectoryClient
from campotech_client.services.health import HealthClient
from campotech_client.services.invoicing import InvoicingClient
from campotech_client.services.jobs import JobsClient
from campotech_client.services.messaging import MessagingClient
from campotech_client.services.operations import OperationsClient
from campotech_client.services.proofs import ProofsClient
from campotech_client.services.tracking import TrackingClient
from campotech_client.tokens import TokenProvider, TokenSource


class CampoTech:
    """A connection to CampoTech; an async context manager.

        async with CampoTech("127.0.0.1:8080", token=token) as campotech:
            async for job in campotech.jobs.list():
                print(job.number, job.description)

    Every call has a deadline (`timeout_seconds`, or its own), within which it is repeated when the
    server cannot be reached or says when to come back; a repeated command carries the same request
    id and has no second effect. What fails raises the exceptions of `campotech_client.errors`.

    `token` is a JWT or the secret of an API key, or a function (also an async one) that returns one
    and is called again when the server refuses the one before. `secure` speaks TLS, with the
    machine's certificate authorities or those in `root_certificates` (PEM).
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | TokenProvider | None = None,
        secure: bool = False,
        root_certificates: bytes | None = None,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        retries: RetryPolicy | None = None,
    ) -> None:
        self._channel = open_channel(address, secure=secure, root_certificates=root_certificates)
        connection = Connection(
            self._channel,
            TokenSource(token),
            retries=retries or RetryPolicy(),
            timeout_seconds=timeout_seconds,
        )
        self.jobs = JobsClient(connection)
        self.proofs = ProofsClient(connection)
        self.directory = DirectoryClient(connection)
        self.tracking = TrackingClient(connection)
        self.invoicing = InvoicingClient(connection)
        self.messaging = MessagingClient(connection)
        self.operations = OperationsClient(connection)
        self.health = HealthClient(connection)
        self.connections = ConnectionsClient(connection)
        self.api_keys = ApiKeysClient(connection)

    async def aclose(self) -> None:
        """Close the connection; open watches and calls end."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
