"""The way to the customer."""

from itertools import pairwise

import pytest

from campotech_client.phone.position import distance_meters
from cli.demo.route import CORRIENTES, evenly_spaced, length_meters


def test_the_way_is_as_long_as_the_avenue_between_malabia_and_libertad() -> None:
    assert length_meters(CORRIENTES) == pytest.approx(5180, abs=10)


def test_points_on_the_way_are_evenly_spaced_and_end_at_the_door() -> None:
    points = evenly_spaced(CORRIENTES, 30)

    steps = [distance_meters(here, there) for here, there in pairwise(points)]
    assert len(points) == 30
    assert points[0] == CORRIENTES[0]
    assert distance_meters(points[-1], CORRIENTES[-1]) < 0.01
    # Around a corner the straight line is a little shorter than the way.
    assert max(steps) - min(steps) < 5
