"""Values of the contract, made from Python's."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from campotech_client.resources import pesos
from campotech_client.times import moment_or_day, timestamp


@pytest.mark.parametrize(
    ("amount", "centavos"), [(121, 12_100), ("121000.50", 12_100_050), (Decimal("0.01"), 1)]
)
def test_pesos_become_centavos(amount: Decimal | int | str, centavos: int) -> None:
    money = pesos(amount)

    assert (money.currency_code, money.amount_minor) == ("ARS", centavos)


def test_parts_of_a_centavo_are_refused() -> None:
    with pytest.raises(ValueError, match="centavos"):
        pesos("0.001")


def test_a_day_stays_a_day_in_a_filter() -> None:
    assert moment_or_day(date(2026, 3, 1)) == "2026-03-01"


def test_a_moment_keeps_its_zone_in_a_filter() -> None:
    assert moment_or_day(datetime(2026, 3, 1, 12, tzinfo=UTC)) == "2026-03-01T12:00:00+00:00"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        timestamp(datetime(2026, 3, 1, 12))  # noqa: DTZ001  # the point of the test
