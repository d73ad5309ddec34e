"""Phone numbers as WhatsApp knows them."""

import re

from sandbox.graph.errors import GraphError

_DIGITS = re.compile(r"\d{8,15}")
_ARGENTINE_WITHOUT_NINE = re.compile(r"54(?!9)(\d{10})")


def wa_id(number: str) -> str:
    """Return the user's id for a dialled number; raise GraphError if it is none."""
    digits = re.sub(r"[+\s()-]", "", number)
    if not _DIGITS.fullmatch(digits):
        raise GraphError(131009, "to: it is no phone number")
    match = _ARGENTINE_WITHOUT_NINE.fullmatch(digits)
    # Argentine mobiles carry a 9 after the country code, whether it was dialled or not.
    return f"549{match.group(1)}" if match else digits
