"""A span around every attempt at a task; the handlers are wrapped only where traces are on."""

from dataclasses import replace

import structlog

from adapters.traces.ports import SpanKind, Traces
from domain.errors import DomainError, ExhaustedError, HeldBackError
from domain.operations.task import ParkTask
from workers.task_run import Handler, Handlers, TaskRun

_PARKING = (ParkTask, HeldBackError, ExhaustedError)
"""Orders to try again later: the task waits, and nothing went wrong with it."""


def traced_handlers(handlers: Handlers, traces: Traces) -> Handlers:
    """Return handlers whose attempts belong to the trace that dispatched their task."""
    return {kind: _traced(handler, traces) for kind, handler in handlers.items()}


def _traced(handler: Handler, traces: Traces) -> Handler:
    async def handle(run: TaskRun) -> None:
        span = traces.begin(
            run.type,
            SpanKind.CONSUMER,
            parent=run.context.traceparent,
            attributes=_attributes_of(run),
        )
        structlog.contextvars.bind_contextvars(trace_id=span.trace_id)
        # What this attempt dispatches in its turn belongs to it.
        context = replace(run.context, traceparent=span.traceparent)
        try:
            await handler(replace(run, context=context))
        except _PARKING as order:
            span.annotate({"campotech.task.parked": _word_for(order)})
            raise
        except BaseException as error:
            span.fail(_word_for(error))
            raise
        finally:
            span.end()

    return handle


def _attributes_of(run: TaskRun) -> dict[str, str | int]:
    attributes: dict[str, str | int] = {
        "messaging.operation.type": "process",
        "campotech.organization_id": str(run.organization_id),
        "campotech.request_id": run.context.correlation_id,
    }
    if run.context.task is not None:
        attributes["campotech.task.id"] = str(run.context.task.task_id)
        attributes["campotech.task.attempt"] = run.context.task.attempt
    return attributes


def _word_for(error: BaseException) -> str:
    match error:
        case ParkTask():
            return error.parked_reason
        case HeldBackError():
            return error.cause
        case DomainError():
            return error.reason
        case _:
            return type(error).__name__
