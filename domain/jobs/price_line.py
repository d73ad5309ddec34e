"""What a job costs, line by line: a quantity of something at a price, and the sum of it all."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import InvalidInputError
from domain.iva import IvaRate
from domain.money import Money

MOST_LINES = 50
BELOW_PRICE_MINOR = 10**15
_THOUSANDTHS = 1000


class PriceNotOfLinesError(InvalidInputError):
    """The price that was said is not what the lines come to."""

    reason = "PRICE_NOT_OF_LINES"

    def __init__(self, due: Money, *, field: str) -> None:
        super().__init__(
            f"The price lines come to {due}: say that, or other lines.",
            field=field,
            due_minor=due.minor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """So much of something; the unit price contains the VAT of its rate."""

    description: str
    quantity_thousandths: int
    unit_price: Money
    iva_rate: IvaRate = IvaRate.TWENTY_ONE

    @property
    def total(self) -> Money:
        """What the line comes to in whole centavos; half a one counts as one."""
        exact = self.quantity_thousandths * self.unit_price.minor
        return Money((exact + _THOUSANDTHS // 2) // _THOUSANDTHS, self.unit_price.currency)


def price_of(stated: Money, lines: Sequence[PriceLine], *, field: str) -> Money:
    """Return the price of a job: as stated, which must be what its lines come to if it has any.

    Raises PriceNotOfLinesError, the field named, and InvalidInputError.
    """
    if lines and stated != (due := sum_of(lines, field=f"{field}_lines")):
        raise PriceNotOfLinesError(due, field=field)
    return stated


def sum_of(lines: Sequence[PriceLine], *, field: str) -> Money:
    """Return what lines come to; raise InvalidInputError for a sum that is no price."""
    total = Money(sum(line.total.minor for line in lines), lines[0].unit_price.currency)
    if not 0 < total.minor < BELOW_PRICE_MINOR:
        raise InvalidInputError(f"The price lines come to {total}, which is no price.", field=field)
    return total
