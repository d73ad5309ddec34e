"""Logs as JSON lines on standard error, those of the libraries included."""

import json
import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Made once: json.dumps with a default makes one per call, which costs four times the encoding.
_ENCODER = json.JSONEncoder(default=str, ensure_ascii=False)
# What libraries say about every connection and request is ours to count, not to log.
_TALKATIVE = ("httpx", "httpcore", "asyncio", "dramatiq")


def configure_logs(level: str, *, process: str) -> None:
    """Log what is at least this important; every line names the process."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _without_empty_fields, _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    _send_library_logs_here(number, shared)


def _send_library_logs_here(level: int, shared: list[Processor]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _as_json,
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _ENCODER.encode(event)


def _without_empty_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: value for name, value in event.items() if value is not None}
