"""What this process counts of its attempts, on its way to the statistics of the queues.

Counts are gathered and reported every few seconds, so that they cost a task nothing. What was
gathered since the last report is lost with a process that is killed: how long those attempts
waited and ran. How many tasks came and were done is not counted here but by the ledger.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from domain.errors import TemporaryError
from domain.operations.durations import Durations
from domain.operations.queue_ports import QueueRecording
from domain.operations.queue_statistics import QueueStatistics
from domain.operations.task import AttemptOutcome

REPORT_SECONDS = 5.0
LAST_REPORT_SECONDS = 1.0
"""A process that stops waits no longer for a database that is away."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Tally:
    outcomes: dict[AttemptOutcome, int] = field(default_factory=lambda: defaultdict(int))
    waits: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)


class QueueMeter:
    """Gathers by type of task; each count is reported once."""

    def __init__(self) -> None:
        self._tallies: dict[str, _Tally] = defaultdict(_Tally)
        self._unreported: dict[str, QueueStatistics] = {}

    def started(self, kind: str, waited_seconds: float) -> None:
        """Count an attempt that begins."""
        self._tallies[kind].waits.append(waited_seconds)

    def ended(self, kind: str, run_seconds: float, outcome: AttemptOutcome | None) -> None:
        """Count an attempt that ended; without an outcome it was called off, or lost its lease."""
        tally = self._tallies[kind]
        if outcome is not None:
            tally.outcomes[outcome] += 1
            tally.runs.append(run_seconds)

    async def report(self, recording: QueueRecording) -> None:
        """Report what was gathered; keep it for the next time if that fails."""
        self._gather()
        reported = self._unreported
        self._unreported = {}
        try:
            await recording.record(reported)
        except TemporaryError:
            self._add(reported)
            raise

    def _gather(self) -> None:
        tallies, self._tallies = self._tallies, defaultdict(_Tally)
        self._add({kind: _to_statistics(tally) for kind, tally in tallies.items()})

    def _add(self, counted: Mapping[str, QueueStatistics]) -> None:
        for kind, statistics in counted.items():
            known = self._unreported.get(kind, QueueStatistics())
            self._unreported[kind] = known + statistics


async def keep_reporting(
    meter: QueueMeter, recording: QueueRecording, *, every_seconds: float = REPORT_SECONDS
) -> None:
    """Report for ever, and so say that the process lives."""
    is_failing = False
    while True:
        try:
            await meter.report(recording)
        except TemporaryError as error:
            if not is_failing:
                _log.warning("queue_counts_not_reported", reason=error.reason)
            is_failing = True
        else:
            is_failing = False
        await asyncio.sleep(every_seconds)


async def report_last(meter: QueueMeter, recording: QueueRecording) -> None:
    """Report what is left and sign off, if that can be done quickly."""
    try:
        async with asyncio.timeout(LAST_REPORT_SECONDS):
            await meter.report(recording)
            await recording.sign_off()
    except (TemporaryError, TimeoutError) as error:
        _log.warning("last_queue_counts_lost", error=str(error))


def _to_statistics(tally: _Tally) -> QueueStatistics:
    return QueueStatistics(
        succeeded=tally.outcomes[AttemptOutcome.DONE],
        retried=tally.outcomes[AttemptOutcome.RETRY],
        parked=tally.outcomes[AttemptOutcome.PARKED],
        died=tally.outcomes[AttemptOutcome.DEAD],
        waits=Durations.of(tally.waits),
        runs=Durations.of(tally.runs),
    )
