"""Positions: what may be recorded, how far apart they are, and when one is due."""

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.duration_pb2 import Duration

from campotech.tracking.v1.location_pb2 import TrackingPolicy
from campotech_client import Position
from campotech_client.phone.position import distance_meters, is_due

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OBELISCO = (-34.60373, -58.38157)
CASA_ROSADA = (-34.60806, -58.37024)
POLICY = TrackingPolicy(sample_interval=Duration(seconds=5), minimum_displacement_meters=10)


def at(seconds: float = 0, *, north_meters: float = 0) -> Position:
    return Position(
        latitude=-34.6 + north_meters / 111_195,
        longitude=-58.4,
        recorded_at=NOON + timedelta(seconds=seconds),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": 200},
        {"longitude": -181},
        {"latitude": float("nan")},
        {"heading_degrees": 360},
        {"battery_percent": 101},
        {"speed_meters_per_second": -1},
        {"recorded_at": NOON.replace(tzinfo=None)},
    ],
)
def test_what_the_server_would_refuse_is_refused_at_once(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {"latitude": -34.6, "longitude": -58.4}

    with pytest.raises(ValueError, match=next(iter(wrong))):
        Position(**{**right, **wrong})  # type: ignore[arg-type]  # the wrong values are the point


def test_distances_are_those_of_the_map() -> None:
    assert distance_meters(OBELISCO, CASA_ROSADA) == pytest.approx(1143, abs=5)


@pytest.mark.parametrize(
    ("next_position", "wanted"),
    [
        (at(5, north_meters=20), True),
        (at(4, north_meters=20), False),
        (at(60, north_meters=5), False),
        (at(-3600, north_meters=20), True),
    ],
)
def test_a_position_is_due_after_the_interval_and_the_displacement(
    next_position: Position, *, wanted: bool
) -> None:
    assert is_due(next_position, last=at(), policy=POLICY) is wanted


def test_the_first_position_is_always_due() -> None:
    assert is_due(at(), last=None, policy=POLICY)
