"""The CUIT: Argentina's tax identification number, eleven digits with a check digit."""

from domain.errors import InvalidInputError

_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_DIGITS = len(_WEIGHTS) + 1


class InvalidCuitError(InvalidInputError):
    reason = "INVALID_CUIT"


def check_digit(first_ten: str) -> int | None:
    """Return the modulo-11 check digit of ten digits, or None where no number has these ten."""
    weighted = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_ten, strict=True))
    digit = (11 - weighted % 11) % 11
    return None if digit == len(_WEIGHTS) else digit


def check_cuit(digits: str, *, field: str) -> None:
    """Raise InvalidCuitError unless these are the eleven digits of a CUIT.

    CUIL numbers, which employees bear, are built by the same rule.
    """
    if len(digits) != _DIGITS or not (digits.isascii() and digits.isdigit()):
        raise InvalidCuitError("A CUIT has eleven digits.", field=field)
    if check_digit(digits[:-1]) != int(digits[-1]):
        raise InvalidCuitError("The check digit of this CUIT is wrong.", field=field)
