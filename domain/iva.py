"""The rates of the value-added tax (IVA), as jobs are priced and invoices made out with them."""

from enum import IntEnum


class IvaRate(IntEnum):
    """ARCA's codes (AlicIva Id) of the VAT rates."""

    ZERO = 3
    TEN_AND_A_HALF = 4
    TWENTY_ONE = 5
    TWENTY_SEVEN = 6
    FIVE = 8
    TWO_AND_A_HALF = 9

    @property
    def basis_points(self) -> int:
        return _BASIS_POINTS[self]


_BASIS_POINTS = {
    IvaRate.ZERO: 0,
    IvaRate.TEN_AND_A_HALF: 1050,
    IvaRate.TWENTY_ONE: 2100,
    IvaRate.TWENTY_SEVEN: 2700,
    IvaRate.FIVE: 500,
    IvaRate.TWO_AND_A_HALF: 250,
}
