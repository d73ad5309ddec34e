"""The check digit of an Argentine tax number (CUIT, CUIL, CDI)."""

_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_LENGTH = 11


def is_cuit(number: int) -> bool:
    text = str(number)
    if not text.isdecimal() or len(text) != _LENGTH:
        return False
    digits = [int(digit) for digit in text]
    weighted = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits[:-1], strict=True))
    return (11 - weighted % 11) % 11 == digits[-1]
