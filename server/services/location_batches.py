"""Reads the batches of phones: thousands of fixes a second, each value looked at once.

The contract's annotations stay the rule. Reading a fix tells at little cost whether it may break
one; only then is the whole request checked against the annotations, which also word the refusal.
"""

from campotech.tracking.v1 import location_pb2, locations_pb2
from domain.errors import InvalidInputError
from domain.tracking.fix import MAX_DECIMETERS, MAX_SEQ, Fix
from server.request_rules import RequestRules

# As in the contract's annotations; tests send what lies just inside and outside.
MAX_FIXES = 500
MAX_LATITUDE = 90.0
MAX_LONGITUDE = 180.0
MAX_ACCURACY_METERS = 1_000_000.0
MAX_SPEED = 1_000.0
FULL_CIRCLE_DEGREES = 360.0
FULL_PERCENT = 100

_E7 = 10_000_000
_TENTHS = 10
_FULL_CIRCLE_TENTHS = 3600
_MICROSECONDS = 1_000_000


class BatchReader:
    """Turns requests into fixes."""

    def __init__(self, rules: RequestRules) -> None:
        self._rules = rules

    def fixes_of(
        self, request: locations_pb2.StreamLocationsRequest | locations_pb2.ReportLocationsRequest
    ) -> list[Fix]:
        """Return the fixes of a request; raise InvalidInputError naming the field that is wrong."""
        batch = request.batch
        if batch.device or batch.install_epoch < 0 or not 0 < len(batch.fixes) <= MAX_FIXES:
            self._rules.check(request)
        fixes = []
        for index, fix in enumerate(batch.fixes):
            read = _read(fix)
            if read is None:
                self._rules.check(request)
                raise _too_large(index)
            fixes.append(read)
        return fixes


def _read(fix: location_pb2.Fix) -> Fix | None:
    """Return a fix, or None where a value may break a rule.

    A field is asked for its presence only where its value does not prove it.
    """
    seq = fix.seq
    recorded_at = fix.recorded_at
    seconds = recorded_at.seconds
    latitude = fix.latitude
    longitude = fix.longitude
    accuracy = fix.accuracy_meters
    speed = fix.speed_meters_per_second
    heading = fix.heading_degrees
    battery = fix.battery_percent
    if not (
        0 < seq <= MAX_SEQ
        and (seconds or fix.HasField("recorded_at"))
        and -MAX_LATITUDE <= latitude <= MAX_LATITUDE
        and -MAX_LONGITUDE <= longitude <= MAX_LONGITUDE
        and 0.0 <= accuracy <= MAX_ACCURACY_METERS
        and 0.0 <= speed <= MAX_SPEED
        and 0.0 <= heading < FULL_CIRCLE_DEGREES
        and 0 <= battery <= FULL_PERCENT
    ):
        return None
    return Fix(
        seq,
        seconds * _MICROSECONDS + recorded_at.nanos // 1000,
        round(latitude * _E7),
        round(longitude * _E7),
        min(round(accuracy * _TENTHS), MAX_DECIMETERS)
        if accuracy or fix.HasField("accuracy_meters")
        else None,
        round(speed * _TENTHS) if speed or fix.HasField("speed_meters_per_second") else None,
        # 359.97 degrees are north again.
        round(heading * _TENTHS) % _FULL_CIRCLE_TENTHS
        if heading or fix.HasField("heading_degrees")
        else None,
        battery if battery or fix.HasField("battery_percent") else None,
        fix.is_mock,
    )


def _too_large(index: int) -> InvalidInputError:
    """Return the one refusal that the annotations do not know."""
    field = f"batch.fixes[{index}].seq"
    return InvalidInputError(f"{field} must not be above {MAX_SEQ}.", field=field)
