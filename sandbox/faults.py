"""Faults that are switched on and off while the sandbox runs, per service or operation."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.calls import Call, Reply, Service
from sandbox.connections import ConnectionCut
from sandbox.received import Received


class FaultKind(StrEnum):
    DOWN = "down"
    SLOW = "slow"
    THROTTLED = "throttled"
    HTTP_500 = "http_500"
    ERROR = "error"
    ANSWER_LOST = "answer_lost"
    HANG_AFTER = "hang_after"
    ERROR_AFTER = "error_after"


ALL_KINDS = frozenset(FaultKind)
DEFAULT_SECONDS = 5.0


class Fault(BaseModel):
    """The body of PUT /sandbox/faults/{target}.

    `seconds` is the delay of `slow` and `hang_after` and the Retry-After of `throttled`;
    `times` is how often it strikes (null: until it is deleted); `code` is the service's own
    error code, for `error` (nothing is done) and `error_after` (done, yet answered so).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    seconds: float = Field(default=DEFAULT_SECONDS, ge=0, le=3600)
    times: int | None = Field(default=None, ge=1)
    code: str | int | None = None

    @model_validator(mode="after")
    def _has_its_code(self) -> Self:
        if self.kind in {FaultKind.ERROR, FaultKind.ERROR_AFTER} and self.code is None:
            raise ValueError(f"A fault of the kind {self.kind} needs the code to answer with.")
        return self


class FaultBoard:
    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}

    def put(self, target: str, fault: Fault) -> None:
        self._faults[target] = fault

    def remove(self, target: str) -> bool:
        return self._faults.pop(target, None) is not None

    def clear(self) -> None:
        self._faults.clear()

    def standing(self) -> dict[str, Fault]:
        return dict(self._faults)

    def strike(
        self, service: str, operation: str, *, of_service: frozenset[FaultKind] = ALL_KINDS
    ) -> Fault | None:
        """Return the fault for this call, the most specific one first, and count it.

        Of faults that stand on more than this operation, only the kinds `of_service` strike.
        """
        of_operation = f"{service}.{operation}"
        target = of_operation
        while target:
            fault = self._faults.get(target)
            if fault is not None and (target == of_operation or fault.kind in of_service):
                self._count_down(target, fault)
                return fault
            target = target.rpartition(".")[0]
        return None

    def _count_down(self, target: str, fault: Fault) -> None:
        if fault.times == 1:
            del self._faults[target]
        elif fault.times is not None:
            self._faults[target] = fault.model_copy(update={"times": fault.times - 1})


@dataclass(frozen=True, slots=True)
class FaultyCall:
    """A call that a fault strikes: what of it still happens, and what the caller hears."""

    service: Service
    call: Call
    fault: Fault

    async def answer(self, received: Received) -> Reply:
        match self.fault.kind:
            case FaultKind.DOWN:
                return Reply(ConnectionCut(), outcome="connection cut before the work")
            case FaultKind.THROTTLED:
                return Reply(self.service.throttled(self.fault.seconds), outcome="throttled")
            case FaultKind.HTTP_500:
                return Reply(self.service.broken(), outcome="HTTP 500")
            case FaultKind.ERROR:
                return self._error()
            case FaultKind.SLOW:
                received.outcome = "waiting before the work"
                await asyncio.sleep(self.fault.seconds)
                return self.call.perform()
            case FaultKind.HANG_AFTER | FaultKind.ANSWER_LOST | FaultKind.ERROR_AFTER:
                return await self._after_the_work(received)

    async def _after_the_work(self, received: Received) -> Reply:
        done = self.call.perform()
        if self.fault.kind is FaultKind.ANSWER_LOST:
            return Reply(ConnectionCut(), f"{done.outcome}; answer lost", done.fields)
        if self.fault.kind is FaultKind.ERROR_AFTER:
            return Reply(self._error().response, f"{done.outcome}; answered as error", done.fields)
        received.outcome = f"{done.outcome}; answer held"
        received.fields = {**received.fields, **done.fields}
        await asyncio.sleep(self.fault.seconds)
        return done

    def _error(self) -> Reply:
        code = str(self.fault.code)
        return Reply(self.call.refuse(code), outcome=f"error {code} by fault")
