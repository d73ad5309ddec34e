"""The way the technician drives: down Avenida Corrientes, in Buenos Aires."""

from collections.abc import Sequence
from itertools import pairwise

from campotech_client.phone.position import distance_meters

Point = tuple[float, float]
"""Latitude and longitude."""

CORRIENTES: Sequence[Point] = (
    (-34.59900, -58.43930),  # Malabia
    (-34.60065, -58.43560),  # Scalabrini Ortiz
    (-34.60210, -58.43120),  # Ángel Gallardo
    (-34.60270, -58.42620),  # Yatay
    (-34.60310, -58.42090),  # Medrano
    (-34.60370, -58.41560),  # Gallo
    (-34.60410, -58.41160),  # Agüero
    (-34.60460, -58.40550),  # Pueyrredón
    (-34.60465, -58.39940),  # Pasteur
    (-34.60455, -58.39230),  # Callao
    (-34.60425, -58.38730),  # Uruguay
    (-34.60390, -58.38380),  # Corrientes 1234
)


def length_meters(route: Sequence[Point]) -> float:
    """Return how long the way is."""
    return sum(distance_meters(here, there) for here, there in pairwise(route))


def evenly_spaced(route: Sequence[Point], count: int) -> list[Point]:
    """Return so many points along the way, both ends included, the same distance apart."""
    total = length_meters(route)
    return [point_at(route, total * step / (count - 1)) for step in range(count)]


def point_at(route: Sequence[Point], meters: float) -> Point:
    """Return where one is after so many metres."""
    left = meters
    for here, there in pairwise(route):
        leg = distance_meters(here, there)
        if left <= leg:
            part = left / leg
            return here[0] + (there[0] - here[0]) * part, here[1] + (there[1] - here[1]) * part
        left -= leg
    return route[-1]
