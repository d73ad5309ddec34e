"""One measurement of a phone's position, and when the next one is worth keeping."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime

from campotech.tracking.v1.location_pb2 import Fix, TrackingPolicy

EARTH_RADIUS_METERS = 6_371_000.0

_BOUNDS = {
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 180.0),
    "accuracy_meters": (0.0, 1_000_000.0),
    "speed_meters_per_second": (0.0, 1000.0),
    "heading_degrees": (0.0, math.nextafter(360.0, 0.0)),
    "battery_percent": (0, 100),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where the phone is, as it measured it, and when, by its own clock.

    Raises ValueError for what the server would refuse: a refused fix could never be sent.
    """

    latitude: float
    longitude: float
    recorded_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    accuracy_meters: float | None = None
    speed_meters_per_second: float | None = None
    heading_degrees: float | None = None
    battery_percent: int | None = None
    is_mock: bool = False

    def __post_init__(self) -> None:
        for name, (least, most) in _BOUNDS.items():
            value = getattr(self, name)
            # `not … <=` instead of `>`: NaN is out of every bound.
            if value is not None and not least <= value <= most:
                raise ValueError(f"{name} is {value}, not within {least} and {most}.")
        if self.recorded_at.tzinfo is None:
            raise ValueError(f"recorded_at {self.recorded_at.isoformat()} names no time zone.")

    def as_fix(self) -> Fix:
        """Return the message; its number is given by the buffer."""
        fix = Fix(
            latitude=self.latitude,
            longitude=self.longitude,
            accuracy_meters=self.accuracy_meters,
            speed_meters_per_second=self.speed_meters_per_second,
            heading_degrees=self.heading_degrees,
            battery_percent=self.battery_percent,
            is_mock=self.is_mock,
        )
        fix.recorded_at.FromDatetime(self.recorded_at)
        return fix

    def meters_to(self, other: "Position") -> float:
        """Return the distance on the ground."""
        return distance_meters((self.latitude, self.longitude), (other.latitude, other.longitude))


def distance_meters(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Return the distance on the ground between two pairs of latitude and longitude."""
    south, north = math.radians(here[0]), math.radians(there[0])
    half_east = math.radians(there[1] - here[1]) / 2
    half_chord = (
        math.sin((north - south) / 2) ** 2
        + math.cos(south) * math.cos(north) * math.sin(half_east) ** 2
    )
    return 2 * EARTH_RADIUS_METERS * math.asin(math.sqrt(half_chord))


def is_due(position: Position, *, last: Position | None, policy: TrackingPolicy) -> bool:
    """Tell whether the policy wants this measurement, given the one kept before."""
    if last is None:
        return True
    waited = position.recorded_at - last.recorded_at
    # A clock that was set back must not silence the phone until it has caught up.
    is_time = abs(waited) >= policy.sample_interval.ToTimedelta()
    return is_time and position.meters_to(last) >= policy.minimum_displacement_meters
