"""What a rule finds in a record, and what it has to know besides it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.arca.voucher import Associated, Voucher

_DAY = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True)
class Finding:
    code: int
    text: str
    excludes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a rule has to know besides the record."""

    issuer: int
    today: date
    vat_condition_required: bool
    identification_threshold: Decimal
    # The total of one of the issuer's own vouchers, None if it was never authorised.
    total_of: Callable[[Associated], Decimal | None]


Rule = Callable[[Voucher, Circumstances], Iterator[Finding]]


def parse_date(text: str) -> date | None:
    """Read a day written as yyyymmdd; None if it is none."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
