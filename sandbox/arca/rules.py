"""WSFEv1's rules for a record: all of them, and those for its kind, range and currency."""

from collections.abc import Iterator
from decimal import Decimal

from sandbox.arca.amount_rules import AMOUNT_RULES
from sandbox.arca.association_rules import ASSOCIATION_RULES
from sandbox.arca.catalogue import CONCEPTS, CURRENCIES, MIPYME, PESOS
from sandbox.arca.date_rules import DATE_RULES
from sandbox.arca.findings import Circumstances, Finding, Rule
from sandbox.arca.receiver_rules import RECEIVER_RULES
from sandbox.arca.voucher import Voucher


def concept_rule(voucher: Voucher, _: Circumstances) -> Iterator[Finding]:
    if voucher.concept not in CONCEPTS:
        yield Finding(10030, "Campo Concepto es obligatorio: 1, 2 o 3.")


def range_rule(voucher: Voucher, _: Circumstances) -> Iterator[Finding]:
    if voucher.last < voucher.first:
        yield Finding(10011, "Campo CbteHasta debe ser mayor o igual a CbteDesde.")
    if voucher.last != voucher.first and (voucher.letter != "B" or voucher.type in MIPYME):
        yield Finding(10012, "Para esta clase de comprobante CbteDesde debe ser igual a CbteHasta.")


def currency_rule(voucher: Voucher, _: Circumstances) -> Iterator[Finding]:
    if voucher.paid_in_currency not in {"", "S", "N"}:
        yield Finding(10239, "CanMisMonExt debe ser S o N.")
    if voucher.currency not in CURRENCIES:
        yield Finding(10037, "Campo MonId invalido. Ver metodo FEParamGetTiposMonedas.")
    elif voucher.currency == PESOS:
        if voucher.rate != 1:
            yield Finding(10039, "Para MonId = PES el campo MonCotiz debe ser 1.")
        if voucher.paid_in_currency == "S":
            yield Finding(10241, "Para MonId = PES no debe informarse CanMisMonExt = S.")
    else:
        yield from _foreign_rate(voucher)


def _foreign_rate(voucher: Voucher) -> Iterator[Finding]:
    official = CURRENCIES[voucher.currency][1]
    if voucher.rate is None or voucher.rate <= 0:
        if voucher.paid_in_currency != "S" or voucher.rate is not None:
            yield Finding(10038, "MonCotiz es obligatorio y debe ser mayor a 0.")
    elif voucher.paid_in_currency == "S":
        if voucher.rate != official:
            yield Finding(10038, "MonCotiz no coincide con la cotizacion del dia habil anterior.")
    elif not official * Decimal("0.02") <= voucher.rate <= official * 4:
        yield Finding(10119, "MonCotiz fuera de los limites de la cotizacion orientativa.")


RULES: tuple[Rule, ...] = (
    concept_rule,
    range_rule,
    *RECEIVER_RULES,
    *DATE_RULES,
    *ASSOCIATION_RULES,
    currency_rule,
    *AMOUNT_RULES,
)


def findings_of(voucher: Voucher, around: Circumstances) -> tuple[Finding, ...]:
    """Return everything found in a record; one that excludes means it is rejected."""
    return tuple(finding for rule in RULES for finding in rule(voucher, around))
