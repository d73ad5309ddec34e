"""CampoTech for scripts: the asynchronous client on an event loop in a thread of its own."""

import asyncio
from collections.abc import Callable
from inspect import isawaitable
from types import TracebackType
from typing import Self

from campotech_client import client
from campotech_client.blocking.background_loop import BackgroundLoop
from campotech_client.blocking.services import (
    BlockingApiKeys,
    BlockingConnections,
    BlockingDirectory,
    BlockingHealth,
    BlockingInvoicing,
    BlockingJobs,
    BlockingMessaging,
    BlockingOperations,
    BlockingProofs,
    BlockingTracking,
)
from campotech_client.connection import DEFAULT_TIMEOUT_SECONDS
from campotech_client.retries import RetryPolicy
from campotech_client.tokens import TokenProvider


class CampoTech:
    """A connection to CampoTech whose calls wait; a context manager.

        with CampoTech("127.0.0.1:8080", token=token) as campotech:
            for job in campotech.jobs.list():
                print(job.number, job.description)

    It takes and does what `campotech_client.CampoTech` does, and may be used from many threads. A
    function that returns tokens is called in a thread, so it may take its time.
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
        async def opened() -> client.CampoTech:
            # gRPC's channels belong to the loop in which they are opened.
            return client.CampoTech(
                address,
                token=_in_a_thread(token) if callable(token) else token,
                secure=secure,
                root_certificates=root_certificates,
                timeout_seconds=timeout_seconds,
                retries=retries,
            )

        self._loop = BackgroundLoop()
        try:
            self._asynchronous = self._loop.run(opened())
        except BaseException:
            self._loop.close()
            raise
        self.jobs = BlockingJobs(self._loop, self._asynchronous.jobs)
        self.proofs = BlockingProofs(self._loop, self._asynchronous.proofs)
        self.directory = BlockingDirectory(self._loop, self._asynchronous.directory)
        self.tracking = BlockingTracking(self._loop, self._asynchronous.tracking)
        self.invoicing = BlockingInvoicing(self._loop, self._asynchronous.invoicing)
        self.messaging = BlockingMessaging(self._loop, self._asynchronous.messaging)
        self.operations = BlockingOperations(self._loop, self._asynchronous.operations)
        self.health = BlockingHealth(self._loop, self._asynchronous.health)
        self.connections = BlockingConnections(self._loop, self._asynchronous.connections)
        self.api_keys = BlockingApiKeys(self._loop, self._asynchronous.api_keys)

    def close(self) -> None:
        """Close the connection; calls and watches that are open end. Twice is once."""
        if not self._loop.is_closed:
            self._loop.run(self._asynchronous.aclose())
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _in_a_thread(provider: TokenProvider) -> Callable[[], "asyncio.Future[str]"]:
    async def provide() -> str:
        # Here it would hold up every other call while it waits for its own answer.
        given = await asyncio.to_thread(provider)
        return await given if isawaitable(given) else given

    return lambda: asyncio.ensure_future(provide())
