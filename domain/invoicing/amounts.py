"""The amounts of an invoice in centavos: how a total splits, and what must add up to what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from domain.invoicing.fiscal_rule import AmountsRefusedError
from domain.iva import IvaRate

_BASIS_POINTS = 10_000
_KNOWN_RATES = frozenset(IvaRate)
_TOLERANCE_MINOR = 1
_TOLERANCE_RATIO = 10_000
"""Relative tolerance of the service: one part in ten thousand (0.01 %)."""


@dataclass(frozen=True, slots=True)
class IvaLine:
    """The VAT of one rate: `rate_id` is ARCA's code, known to us or not."""

    rate_id: int
    base_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """ImpTotal, ImpNeto, ImpIVA and so on; `iva_lines` in the order of their rates' codes."""

    total_minor: int
    net_minor: int
    iva_lines: tuple[IvaLine, ...] = ()
    iva_minor: int = 0
    untaxed_minor: int = 0
    exempt_minor: int = 0
    tributes_minor: int = 0

    @classmethod
    def without_iva(cls, total_minor: int) -> Self:
        """Return the amounts of a class C document, which knows no VAT."""
        return cls(total_minor=total_minor, net_minor=total_minor)

    @classmethod
    def including_iva(cls, total_minor: int, rate: IvaRate = IvaRate.TWENTY_ONE) -> Self:
        """Split a price that contains VAT of one rate."""
        return cls.of_rates({rate: total_minor})

    @classmethod
    def of_rates(cls, totals_minor: Mapping[IvaRate, int]) -> Self:
        """Split what is charged at each rate, VAT contained; the parts add up to it exactly."""
        lines = tuple(_split(rate, totals_minor[rate]) for rate in sorted(totals_minor))
        return cls(
            total_minor=sum(totals_minor.values()),
            net_minor=sum(line.base_minor for line in lines),
            iva_minor=sum(line.amount_minor for line in lines),
            iva_lines=lines,
        )

    def check(self, *, has_iva: bool) -> None:
        """Raise AmountsRefusedError, naming the field, unless every identity holds (§7.4)."""
        for field in ("total", "net", "iva", "untaxed", "exempt", "tributes"):
            if getattr(self, f"{field}_minor") < 0:
                raise _refused(f"amounts.{field}", "No amount is negative.")
        parts = self.untaxed_minor + self.net_minor + self.exempt_minor + self.tributes_minor
        if not _agree(self.total_minor, parts + self.iva_minor):
            raise _refused("amounts.total", "The total is not the sum of its parts.")
        if has_iva:
            self._check_iva_lines()
        elif self.iva_lines or self.iva_minor or self.untaxed_minor or self.exempt_minor:
            raise _refused("amounts.iva", "A class C document has a net amount and nothing else.")

    def _check_iva_lines(self) -> None:
        lines = self.iva_lines
        if len({line.rate_id for line in lines}) != len(lines):
            raise _refused("amounts.iva_lines", "Each rate has one line.")
        if self.net_minor > 0 and not lines:
            raise _refused("amounts.iva_lines", "A net amount needs its VAT, even at 0 %.")
        if not _agree(self.iva_minor, sum(line.amount_minor for line in lines), lines=len(lines)):
            raise _refused("amounts.iva", "The VAT is not the sum of its lines.")
        if not _agree(self.net_minor, sum(line.base_minor for line in lines), lines=len(lines)):
            raise _refused("amounts.net", "The net amount is not the sum of the lines' bases.")
        for line in lines:
            _check_line(line)


def _split(rate: IvaRate, total_minor: int) -> IvaLine:
    whole = _BASIS_POINTS + rate.basis_points
    net, rest = divmod(total_minor * _BASIS_POINTS, whole)
    net += 2 * rest >= whole
    return IvaLine(rate, net, total_minor - net)


def _check_line(line: IvaLine) -> None:
    if line.rate_id not in _KNOWN_RATES:
        raise _refused("amounts.iva_lines.rate", "There is no such VAT rate.")
    due = line.base_minor * IvaRate(line.rate_id).basis_points
    # In basis points of a centavo, so that nothing is rounded before it is compared.
    difference = abs(line.amount_minor * _BASIS_POINTS - due)
    if difference > _TOLERANCE_MINOR * _BASIS_POINTS and difference * _TOLERANCE_RATIO > due:
        raise _refused("amounts.iva_lines.amount", "The VAT is not its base times its rate.")


def _agree(stated: int, computed: int, *, lines: int = 1) -> bool:
    difference = abs(stated - computed)
    return difference <= _TOLERANCE_MINOR * max(lines, 1) or (
        difference * _TOLERANCE_RATIO <= computed
    )


def _refused(field: str, message: str) -> AmountsRefusedError:
    return AmountsRefusedError(
        message,
        field=field,
        explanation="Los importes de la factura no cierran. Avisanos y la corregimos.",
    )
