"""A small map of characters: the way, and who is where on it."""

import math
from collections.abc import Mapping, Sequence

from rich.text import Text

from cli.demo.route import Point, evenly_spaced

BRAILLE = 0x2800
# The bits of a braille character, by column and row of its dots.
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
DOTS_ACROSS, DOTS_DOWN = 2, 4
WAY_STYLE = "grey50"
SAMPLES = 400


class StreetMap:
    """Draws a way into so many columns and lines; the scale is the same in both directions."""

    def __init__(self, route: Sequence[Point], *, columns: int, lines: int) -> None:
        self._columns = columns
        self._lines = lines
        plane = [_on_plane(point) for point in route]
        self._west, self._south = min(x for x, _ in plane), min(y for _, y in plane)
        width = max(x for x, _ in plane) - self._west
        height = max(y for _, y in plane) - self._south
        across, down = columns * DOTS_ACROSS - 1, lines * DOTS_DOWN - 1
        self._dots_per_degree = min(across / width, down / height)
        # What is left over above and below is shared.
        self._top = (down - height * self._dots_per_degree) / 2
        self._height = height * self._dots_per_degree
        self._way = self._drawn(route)

    def render(self, marks: Mapping[Point, tuple[str, str]]) -> Text:
        """Return the map with a character and its style at each of the given points."""
        cells = {self._cell(point): mark for point, mark in marks.items()}
        text = Text(no_wrap=True)
        for line, way in enumerate(self._way):
            if line:
                text.append("\n")
            for column, dots in enumerate(way):
                text.append(*cells.get((column, line), (dots, WAY_STYLE)))
        return text

    def _drawn(self, route: Sequence[Point]) -> list[str]:
        bits = [[BRAILLE] * self._columns for _ in range(self._lines)]
        for point in evenly_spaced(route, SAMPLES):
            x, y = self._dot(point)
            bits[y // DOTS_DOWN][x // DOTS_ACROSS] |= DOTS[x % DOTS_ACROSS][y % DOTS_DOWN]
        return ["".join(map(chr, line)) for line in bits]

    def _cell(self, point: Point) -> tuple[int, int]:
        x, y = self._dot(point)
        return x // DOTS_ACROSS, y // DOTS_DOWN

    def _dot(self, point: Point) -> tuple[int, int]:
        x, y = _on_plane(point)
        across = round((x - self._west) * self._dots_per_degree)
        down = round(self._top + self._height - (y - self._south) * self._dots_per_degree)
        return (
            min(max(across, 0), self._columns * DOTS_ACROSS - 1),
            min(max(down, 0), self._lines * DOTS_DOWN - 1),
        )


def _on_plane(point: Point) -> tuple[float, float]:
    """Return east and north in degrees of latitude, near enough for one city."""
    latitude, longitude = point
    return longitude * math.cos(math.radians(latitude)), latitude
