"""The map of characters."""

from cli.demo.route import CORRIENTES
from cli.demo.street_map import StreetMap

EMPTY = "\u2800"


def test_the_way_leads_across_the_whole_map() -> None:
    lines = StreetMap(CORRIENTES, columns=40, lines=6).render({}).plain.split("\n")

    assert len(lines) == 6
    assert all(len(line) == 40 for line in lines)
    assert all(any(line[column] != EMPTY for line in lines) for column in range(40))


def test_west_is_left_and_north_is_up() -> None:
    marks = {CORRIENTES[0]: ("A", ""), CORRIENTES[-1]: ("B", "")}

    lines = StreetMap(CORRIENTES, columns=40, lines=6).render(marks).plain.split("\n")

    [(line_of_a, column_of_a)] = places_of("A", lines)
    [(line_of_b, column_of_b)] = places_of("B", lines)
    assert (column_of_a, column_of_b) == (0, 39)
    assert line_of_a < line_of_b


def test_who_leaves_the_map_is_shown_at_its_edge() -> None:
    far_south_east = (-35.0, -58.0)

    lines = (
        StreetMap(CORRIENTES, columns=40, lines=6)
        .render({far_south_east: ("X", "")})
        .plain.split("\n")
    )

    assert places_of("X", lines) == [(5, 39)]


def places_of(character: str, lines: list[str]) -> list[tuple[int, int]]:
    return [
        (number, column)
        for number, line in enumerate(lines)
        for column, found in enumerate(line)
        if found == character
    ]
