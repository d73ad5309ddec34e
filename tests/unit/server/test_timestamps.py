from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from domain.errors import InvalidInputError
from server.timestamps import parse_since, parse_until, timestamp_from_proto, timestamp_to_proto

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def test_a_moment_survives_the_way_there_and_back() -> None:
    timestamp = timestamp_to_proto(NOON)

    assert timestamp is not None
    assert timestamp_from_proto(timestamp, field="time") == NOON


def test_no_moment_stays_unset() -> None:
    assert timestamp_to_proto(None) is None


@pytest.mark.parametrize("timestamp", [Timestamp(seconds=10**15), Timestamp(seconds=1, nanos=-1)])
def test_a_moment_that_does_not_exist_names_its_field(timestamp: Timestamp) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        timestamp_from_proto(timestamp, field="job.scheduled_start_time")

    assert refusal.value.field == "job.scheduled_start_time"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T09:00:00-03:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00.123456789Z", NOON),
        ("2026-03-01", datetime(2026, 3, 1, 3, tzinfo=UTC)),
        ("", None),
    ],
)
def test_a_list_begins_at_a_time_or_at_midnight_in_argentina(
    text: str, moment: datetime | None
) -> None:
    assert parse_since(text) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 2, 3, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 3, 1, 3, tzinfo=UTC)),
        ("", None),
    ],
)
def test_a_list_ends_before_a_time_or_after_a_whole_day(text: str, moment: datetime | None) -> None:
    assert parse_until(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31",
        "2026-13-01T00:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T12:00:00",
        "yesterday",
    ],
)
def test_a_time_that_does_not_exist_names_its_field(text: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_until(text)

    assert refusal.value.reason == "TIME_MALFORMED"
    assert refusal.value.field == "until"
