"""What lines come to, in whole centavos, and prices that are not that."""

import pytest

from domain.errors import InvalidInputError
from domain.iva import IvaRate
from domain.jobs.job_state import JobState
from domain.jobs.price_line import PriceLine, PriceNotOfLinesError, price_of, sum_of
from domain.money import Money
from tests.support.builders import a_job, a_price_line
from tests.support.clocks import MORNING


@pytest.mark.parametrize(
    ("quantity_thousandths", "unit_minor", "total_minor"),
    [
        (1000, 12_100, 12_100),
        (2500, 12_100, 30_250),
        (333, 100, 33),
        (1, 499, 0),
        (1, 500, 1),
        (1500, 1, 2),
        (3000, 0, 0),
        (10**9, 10**15 - 1, 10**6 * (10**15 - 1)),
    ],
)
def test_a_line_comes_to_whole_centavos(
    quantity_thousandths: int, unit_minor: int, total_minor: int
) -> None:
    line = a_price_line(quantity_thousandths=quantity_thousandths, unit_price=Money(unit_minor))

    assert line.total == Money(total_minor)


def test_lines_are_rounded_one_by_one() -> None:
    thirds = [a_price_line(quantity_thousandths=333, unit_price=Money(50))] * 3

    assert sum_of(thirds, field="job.price_lines") == Money(3 * 17)


@pytest.mark.parametrize("unit_minor", [0, 10**15])
def test_lines_that_come_to_no_price_are_refused(unit_minor: int) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        sum_of([a_price_line(unit_price=Money(unit_minor))], field="final_price_lines")

    assert refusal.value.field == "final_price_lines"


def test_a_price_without_lines_is_as_it_is_said() -> None:
    assert price_of(Money(700), (), field="job.price") == Money(700)


@pytest.mark.parametrize("stated", [Money(699), Money(700, "USD")])
def test_a_price_that_is_not_what_its_lines_come_to_is_refused(stated: Money) -> None:
    with pytest.raises(PriceNotOfLinesError) as refusal:
        price_of(stated, [a_price_line(unit_price=Money(700))], field="job.price")

    assert refusal.value.metadata == {"field": "job.price", "due_minor": "700"}


AGREED = (a_price_line(unit_price=Money(700)),)
FINAL = (a_price_line(unit_price=Money(900)), a_price_line(iva_rate=IvaRate.ZERO))


@pytest.mark.parametrize(
    ("lines", "final_price", "final_lines", "price", "kept"),
    [
        ((), None, (), Money(700), ()),
        ((), Money(800), (), Money(800), ()),
        ((), None, FINAL, Money(13_000), FINAL),
        (AGREED, None, (), Money(700), AGREED),
        (AGREED, Money(700), (), Money(700), AGREED),
        (AGREED, None, FINAL, Money(13_000), FINAL),
        (AGREED, Money(13_000), FINAL, Money(13_000), FINAL),
    ],
)
def test_a_completed_job_costs_what_its_last_lines_come_to(
    lines: tuple[PriceLine, ...],
    final_price: Money | None,
    final_lines: tuple[PriceLine, ...],
    price: Money,
    kept: tuple[PriceLine, ...],
) -> None:
    job = a_job(state=JobState.IN_PROGRESS, price=Money(700), price_lines=lines)

    done = job.complete(
        MORNING, work_summary="Listo", final_price=final_price, final_lines=final_lines
    )

    assert (done.price, done.price_lines) == (price, kept)


def test_a_job_with_lines_is_not_completed_at_another_price() -> None:
    job = a_job(state=JobState.IN_PROGRESS, price=Money(700), price_lines=AGREED)

    with pytest.raises(PriceNotOfLinesError) as refusal:
        job.complete(MORNING, work_summary="Listo", final_price=Money(800))

    assert refusal.value.field == "final_price"
