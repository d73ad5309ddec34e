"""The way in to a stand-in: every request is recorded and meets the faults that stand."""

import time

import structlog
from starlette.requests import Request
from starlette.responses import Response

from sandbox.calls import Call, Reply, Service
from sandbox.clock import Clock
from sandbox.connections import ConnectionCut
from sandbox.faults import FaultBoard, FaultyCall
from sandbox.received import Received, ReceivedLog

_log = structlog.get_logger(__name__)


class Gate:
    def __init__(
        self, service: Service, faults: FaultBoard, log: ReceivedLog, *, clock: Clock
    ) -> None:
        self.service = service
        self._faults = faults
        self._log = log
        self._clock = clock

    async def handle(self, request: Request) -> Response:
        started = time.perf_counter()
        call = self.service.read(request, await request.body())
        received = self._record(call)
        reply = await self._reply(call, received)
        received.outcome = reply.outcome
        received.fields = {**received.fields, **reply.fields}
        received.status = _status(reply.response)
        received.duration_ms = round((time.perf_counter() - started) * 1000, 1)
        return reply.response

    def _record(self, call: Call) -> Received:
        received = Received(
            number=self._log.total + 1,
            at=self._clock(),
            service=self.service.name,
            operation=call.operation,
            fields=call.fields,
        )
        self._log.add(received)
        return received

    async def _reply(self, call: Call, received: Received) -> Reply:
        fault = self._faults.strike(self.service.name, call.operation)
        if fault is None:
            return call.perform()
        received.fault = str(fault.kind)
        _log.info(
            "fault_struck",
            service=self.service.name,
            operation=call.operation,
            fault=str(fault.kind),
        )
        return await FaultyCall(self.service, call, fault).answer(received)


def _status(response: Response) -> int | None:
    return None if isinstance(response, ConnectionCut) else response.status_code
