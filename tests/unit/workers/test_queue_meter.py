import pytest

from domain.errors import TemporaryError
from domain.operations.durations import Durations
from domain.operations.queue_statistics import QueueStatistics
from domain.operations.task import AttemptOutcome
from tests.support.noted_recording import NotedRecording
from workers.queue_meter import QueueMeter, report_last


@pytest.fixture
def recording() -> NotedRecording:
    return NotedRecording()


async def test_attempts_are_counted_by_type_and_by_how_they_ended(
    recording: NotedRecording,
) -> None:
    meter = QueueMeter()
    for kind, outcome in (
        ("a:a", AttemptOutcome.DONE),
        ("a:a", AttemptOutcome.RETRY),
        ("b:b", AttemptOutcome.PARKED),
        ("b:b", AttemptOutcome.DEAD),
    ):
        meter.started(kind, 0.5)
        meter.ended(kind, 2.0, outcome)

    await meter.report(recording)

    waits, runs = Durations.of([0.5, 0.5]), Durations.of([2.0, 2.0])
    assert recording.reports == [
        {
            "a:a": QueueStatistics(succeeded=1, retried=1, waits=waits, runs=runs),
            "b:b": QueueStatistics(parked=1, died=1, waits=waits, runs=runs),
        }
    ]


async def test_everything_is_reported_once(recording: NotedRecording) -> None:
    meter = QueueMeter()
    meter.started("a:a", 0.5)

    await meter.report(recording)
    await meter.report(recording)

    assert [len(report) for report in recording.reports] == [1, 0]


async def test_what_could_not_be_reported_is_reported_later(recording: NotedRecording) -> None:
    meter = QueueMeter()
    recording.is_away = True
    meter.started("a:a", 0.5)
    with pytest.raises(TemporaryError):
        await meter.report(recording)
    meter.started("a:a", 0.7)
    recording.is_away = False

    await meter.report(recording)

    assert recording.reports == [{"a:a": QueueStatistics(waits=Durations.of([0.5, 0.7]))}]


async def test_an_attempt_that_was_not_ours_to_end_leaves_no_time(
    recording: NotedRecording,
) -> None:
    meter = QueueMeter()
    meter.started("a:a", 0.5)
    meter.ended("a:a", 9.0, None)

    await meter.report(recording)

    assert recording.reports == [{"a:a": QueueStatistics(waits=Durations.of([0.5]))}]


async def test_the_last_report_signs_off(recording: NotedRecording) -> None:
    meter = QueueMeter()
    meter.started("a:a", 0.5)

    await report_last(meter, recording)

    assert len(recording.reports) == 1
    assert recording.is_signed_off


async def test_a_process_stops_without_its_last_report(recording: NotedRecording) -> None:
    recording.is_away = True

    await report_last(QueueMeter(), recording)

    assert not recording.is_signed_off
