"""WSFEv1's rules for the amounts of one record: identities, VAT lines, tributes."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from sandbox.arca.catalogue import (
    FREE_VAT_NOTES,
    OTHER_TRIBUTE,
    TRIBUTES,
    VAT_RATES,
)
from sandbox.arca.findings import Circumstances, Finding, Rule
from sandbox.arca.voucher import Amounts, Voucher

_CENT = Decimal("0.01")
_RELATIVE = Decimal("0.0001")
_CENTS = -2
_BEYOND_13_DIGITS = Decimal(10) ** 13


def _agree(stated: Decimal, computed: Decimal, *, lines: int = 1) -> bool:
    """Tell whether two amounts agree: within 0.01 %, or a centavo for each line."""
    error = abs(stated - computed)
    return error <= _CENT * max(lines, 1) or error <= abs(computed) * _RELATIVE


def sign_rule(voucher: Voucher, _: Circumstances) -> Iterator[Finding]:
    amounts = voucher.amounts
    for code, name, amount in (
        (10065, "ImpTotal", amounts.total),
        (10043, "ImpTotConc", amounts.untaxed),
        (10045, "ImpNeto", amounts.net),
        (10044, "ImpOpEx", amounts.exempt),
        (10046, "ImpTrib", amounts.tributes),
        (10047, "ImpIVA", amounts.vat),
    ):
        if amount < 0:
            yield Finding(code, f"El campo {name} no puede ser menor a cero (0).")
        if not _is_precise(amount):
            yield Finding(10056, f"El campo {name} debe tener hasta 13 enteros y 2 decimales.")


def _is_precise(amount: Decimal) -> bool:
    exponent = amount.normalize().as_tuple().exponent
    return abs(amount) < _BEYOND_13_DIGITS and isinstance(exponent, int) and exponent >= _CENTS


def total_rule(voucher: Voucher, _: Circumstances) -> Iterator[Finding]:
    amounts = voucher.amounts
    if voucher.letter == "C":
        yield from _class_c(amounts)
        parts = amounts.net + amounts.tributes
    else:
        parts = amounts.untaxed + amounts.net + amounts.exempt + amounts.tributes + amounts.vat
    if not _agree(amounts.total, parts):
        yield Finding(
            10048,
            "El campo  'Importe Total' ImpTotal, debe ser igual  a la  suma de ImpTotConc + "
            "ImpNeto + ImpOpEx + ImpTrib + ImpIVA.",
        )


def _class_c(amounts: Amounts) -> Iterator[Finding]:
    for code, name, amount in (
        (10043, "ImpTotConc", amounts.untaxed),
        (10044, "ImpOpEx", amounts.exempt),
        (10047, "ImpIVA", amounts.vat),
    ):
        if amount > 0:
            yield Finding(code, f"Para comprobantes tipo C el campo {name} debe ser cero (0).")


def vat_rule(voucher: Voucher, _: Circumstances) -> Iterator[Finding]:
    if voucher.letter == "C":
        if voucher.has_vat_array:
            yield Finding(10071, "Para comprobantes tipo C el objeto IVA no debe informarse.")
        return
    if voucher.has_vat_array and not voucher.vat_lines:
        yield Finding(10018, "El objeto AlicIva es obligatorio si ingresa IVA.")
    elif voucher.amounts.vat > 0 and not voucher.vat_lines:
        yield Finding(10018, "Si ImpIVA es mayor a 0 los objetos IVA y AlicIva son obligatorios.")
    elif voucher.amounts.net > 0 and not voucher.vat_lines:
        yield Finding(10070, "Si ImpNeto es mayor a 0 el objeto IVA es obligatorio.")
    if voucher.vat_lines:
        yield from _vat_lines(voucher)
        yield from _vat_sums(voucher)


def _vat_lines(voucher: Voucher) -> Iterator[Finding]:
    is_free = voucher.type in FREE_VAT_NOTES
    if max(Counter(line.id for line in voucher.vat_lines).values()) > 1:
        yield Finding(10022, "El campo Id en AlicIVA no debe repetirse.")
    for line in voucher.vat_lines:
        if line.id not in VAT_RATES:
            if line.id or not is_free:
                yield Finding(10019, "El campo Id en AlicIVA es invalido.")
            continue
        if line.base <= 0 and not is_free:
            yield Finding(10020, "El campo BaseImp en AlicIVA debe ser mayor a 0.")
        if line.amount < 0:
            yield Finding(10021, "El campo Importe en AlicIVA debe ser mayor o igual a 0.")
        if not is_free and not _agree(line.amount, line.base * VAT_RATES[line.id] / 100):
            yield Finding(10051, "Los importes informados en AlicIVA no se corresponden al tipo.")


def _vat_sums(voucher: Voucher) -> Iterator[Finding]:
    lines = voucher.vat_lines
    amount = sum((line.amount for line in lines), Decimal(0))
    base = sum((line.base for line in lines), Decimal(0))
    if not _agree(voucher.amounts.vat, amount, lines=len(lines)):
        yield Finding(10023, "La suma de los importes en AlicIVA debe ser igual a ImpIVA.")
    if voucher.type not in FREE_VAT_NOTES and not _agree(
        voucher.amounts.net, base, lines=len(lines)
    ):
        yield Finding(10061, "La suma de BaseImp en AlicIVA debe ser igual a ImpNeto.")


def tribute_rule(voucher: Voucher, _: Circumstances) -> Iterator[Finding]:
    tributes = voucher.tributes
    stated = voucher.amounts.tributes
    if stated > 0 and not tributes:
        yield Finding(10024, "Si ImpTrib es mayor a 0 el objeto Tributos es obligatorio.")
    elif stated == 0 and voucher.has_tributes_array:
        yield Finding(10024, "Si ImpTrib es igual a 0 el objeto Tributos no debe informarse.")
    for tribute in tributes:
        if tribute.id not in TRIBUTES:
            yield Finding(10025, "El campo Id en Tributo es invalido.")
        if tribute.base < 0 or tribute.rate < 0 or tribute.amount < 0:
            yield Finding(10028, "Los importes en Tributo deben ser mayores o iguales a 0.")
        if tribute.id == OTHER_TRIBUTE and not tribute.description:
            yield Finding(10042, "El campo Desc en Tributo es obligatorio para Id = 99.")
    amount = sum((tribute.amount for tribute in tributes), Decimal(0))
    if tributes and not _agree(stated, amount, lines=len(tributes)):
        yield Finding(10029, "La suma de los importes en Tributo debe ser igual a ImpTrib.")


AMOUNT_RULES: tuple[Rule, ...] = (sign_rule, total_rule, vat_rule, tribute_rule)
