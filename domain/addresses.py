"""Places: where a job is done, where a customer lives."""

from dataclasses import dataclass
from typing import Self

from domain.errors import InvalidInputError

E7 = 10_000_000
_MAX_LATITUDE = 90 * E7
_MAX_LONGITUDE = 180 * E7


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A place on the map in 1e-7 degrees (WGS 84): about a centimetre, and never a float."""

    latitude_e7: int
    longitude_e7: int

    def __post_init__(self) -> None:
        if abs(self.latitude_e7) > _MAX_LATITUDE:
            raise InvalidInputError("A latitude lies between -90 and 90.", field="latitude")
        if abs(self.longitude_e7) > _MAX_LONGITUDE:
            raise InvalidInputError("A longitude lies between -180 and 180.", field="longitude")

    @classmethod
    def from_degrees(cls, latitude: float, longitude: float) -> Self:
        return cls(round(latitude * E7), round(longitude * E7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A place as people write it on an envelope; `coordinates` once it was looked up."""

    street_address: str
    locality: str
    province: str
    postal_code: str = ""
    coordinates: Coordinates | None = None
