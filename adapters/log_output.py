"""Logs as JSON lines on standard error, those of the libraries included."""

import json
import logging
import sys
from datetime import UTC, datetime

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# What libraries say about every connection and request is ours to count, not to log.
_TALKATIVE = ("httpx", "httpcore", "asyncio", "dramatiq")
# Made once: json.dumps with a default makes one per call, which costs four times the encoding.
_ENCODER = json.JSONEncoder(default=str, ensure_ascii=False)


def configure_logs(level: str, *, process: str) -> None:
    """Log what is at least this important; every line names the process."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _Lines(process)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _send_library_logs_here(number, process)


class _Lines:
    """Turns an event into its line: one processor, because every call of the API pays for it."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        if event.get("exc_info"):
            event = structlog.processors.format_exc_info(logger, method, event)
        line = {
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": method,
            "event": event.pop("event", ""),
            "process": self._process,
        }
        line.update((name, value) for name, value in event.items() if value is not None)
        return _ENCODER.encode(line)


def _send_library_logs_here(level: int, process: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    of_libraries: list[Processor] = [structlog.stdlib.add_logger_name]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=of_libraries,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _LibraryLines(process),
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


class _LibraryLines(_Lines):
    """The same for what libraries log, whose level stands in the record."""

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        return super().__call__(logger, method.lower(), event)
