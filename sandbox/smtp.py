"""An SMTP relay that takes e-mails for anybody, and fails as it is told to."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.calls import Fields
from sandbox.clock import Clock
from sandbox.connections import reset
from sandbox.faults import Fault, FaultBoard, FaultKind
from sandbox.mailbox import Mailbox, TakenEmail
from sandbox.received import Received, ReceivedLog
from sandbox.smtp_faults import DATA, faulty_reply

SERVICE = "smtp"
CONNECT = "connect"
MAIL = "MAIL"
RCPT = "RCPT"
OPERATIONS = frozenset({CONNECT, MAIL, RCPT, DATA})
HOST_NAME = "smtp.sandbox"

# Where a fault of the whole service strikes; one of an operation strikes there, whatever it is.
_OF_THE_SERVICE: Mapping[str, frozenset[FaultKind]] = {
    CONNECT: frozenset({FaultKind.DOWN}),
    MAIL: frozenset({FaultKind.THROTTLED}),
    RCPT: frozenset(),
    DATA: frozenset(FaultKind) - {FaultKind.DOWN, FaultKind.THROTTLED},
}
_TAKEN = "250 2.0.0 OK"
_log = structlog.get_logger(__name__)


class SmtpRelay:
    """The rules of the relay, shared by all connections."""

    name = SERVICE
    operations = OPERATIONS

    def __init__(self, faults: FaultBoard, log: ReceivedLog, clock: Clock) -> None:
        self.mailbox = Mailbox()
        self._faults = faults
        self._log = log
        self._clock = clock

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: _Connection(self, loop), sock=listener)

    def strike(self, operation: str) -> Fault | None:
        return self._faults.strike(SERVICE, operation, of_service=_OF_THE_SERVICE[operation])

    def record(self, operation: str, fields: Fields, fault: Fault | None) -> Received:
        received = Received(
            number=self._log.total + 1,
            at=self._clock(),
            service=SERVICE,
            operation=operation,
            fields=fields,
            fault=None if fault is None else str(fault.kind),
        )
        self._log.add(received)
        if fault is not None:
            _log.info("fault_struck", service=SERVICE, operation=operation, fault=received.fault)
        return received

    async def answer(self, operation: str, fields: Fields, work: Callable[[], str]) -> str | None:
        """Return what the client hears; None cuts the connection."""
        fault = self.strike(operation)
        if fault is None and operation != DATA:
            return work()
        received = self.record(operation, fields, fault)
        started = self._clock()
        reply = work() if fault is None else await faulty_reply(operation, work, fault, received)
        received.outcome = "connection cut" if reply is None else reply
        received.status = None if reply is None else int(reply[:3])
        received.duration_ms = round((self._clock() - started).total_seconds() * 1000, 1)
        return reply

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's hook
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        def take() -> str:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
            return _TAKEN

        return await self._hear(server, MAIL, {"from": address}, take)

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's hook
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        def take() -> str:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
            return _TAKEN

        return await self._hear(server, RCPT, {"to": address}, take)

    async def handle_DATA(  # noqa: N802  # aiosmtpd's hook
        self, server: SMTP, _: Session, envelope: Envelope
    ) -> str:
        email = TakenEmail.read(
            bytes(envelope.original_content or b""),
            sender=envelope.mail_from or "",
            to=tuple(envelope.rcpt_tos),
            at=self._clock(),
        )
        fields = {"message_id": email.message_id, "to": ",".join(email.to)}

        def take() -> str:
            self.mailbox.put(email)
            return _TAKEN

        return await self._hear(server, DATA, fields, take)

    async def _hear(
        self, server: SMTP, operation: str, fields: Fields, work: Callable[[], str]
    ) -> str:
        reply = await self.answer(operation, fields, work)
        if reply is None:
            reset(server.transport)
            # The end of the connection cancels whoever serves it.
            await asyncio.Event().wait()
        return str(reply)


class _Connection(SMTP):
    """One client's connection; a relay that is down resets it before a word is said."""

    def __init__(self, relay: SmtpRelay, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(relay, hostname=HOST_NAME, ident="CampoTech sandbox", loop=loop)
        self._relay = relay

    def connection_made(self, transport: Any) -> None:
        fault = self._relay.strike(CONNECT)
        super().connection_made(transport)
        if fault is not None:
            received = self._relay.record(CONNECT, {}, fault)
            received.outcome = "connection cut before the work"
            received.duration_ms = 0.0
            reset(transport)
