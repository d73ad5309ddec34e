"""What an SMTP client hears of a command that a fault strikes, and what of the work is done."""

import asyncio
from collections.abc import Callable

from sandbox.faults import Fault, FaultKind
from sandbox.received import Received

DATA = "DATA"
Work = Callable[[], str]


async def faulty_reply(operation: str, work: Work, fault: Fault, received: Received) -> str | None:
    """Return what the client hears; None cuts the connection."""
    match fault.kind:
        case FaultKind.SLOW | FaultKind.HANG_AFTER:
            return await _late(work, fault, received)
        case FaultKind.ANSWER_LOST | FaultKind.ERROR_AFTER:
            work()
            return None if fault.kind is FaultKind.ANSWER_LOST else _error(fault)
        case FaultKind.THROTTLED:
            return _throttled(operation)
        case FaultKind.DOWN:
            return None
        case FaultKind.HTTP_500:
            return "554 5.3.0 Transaction failed"
        case FaultKind.ERROR:
            return _error(fault)


async def _late(work: Work, fault: Fault, received: Received) -> str:
    if fault.kind is FaultKind.SLOW:
        received.outcome = "waiting before the work"
        await asyncio.sleep(fault.seconds)
        return work()
    reply = work()
    received.outcome = f"{reply}; answer held"
    await asyncio.sleep(fault.seconds)
    return reply


def _throttled(operation: str) -> str:
    if operation == DATA:
        return "451 4.7.1 Too many messages, try again later"
    return "421 4.7.0 Too many connections, try again later"


def _error(fault: Fault) -> str:
    code = str(fault.code)
    return code if " " in code else f"{code} Refused by a fault"
