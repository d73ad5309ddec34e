"""WSFEv1's rules for what a record refers to: notes and their originals, credit invoices."""

import re
from collections.abc import Iterator

from sandbox.arca.catalogue import (
    ASSOCIABLE,
    CLASS_OF,
    CREDIT_INVOICES,
    CREDIT_NOTES,
    MIPYME,
    NOTES,
)
from sandbox.arca.findings import Circumstances, Finding, Rule, parse_date
from sandbox.arca.voucher import Associated, Voucher

_LARGEST_POINT_OF_SALE = 99_998
_LARGEST_NUMBER = 99_999_999


def association_rule(voucher: Voucher, around: Circumstances) -> Iterator[Finding]:
    if voucher.type in NOTES:
        if not voucher.associated and voucher.type in MIPYME:
            yield Finding(10153, "Para notas MiPyMEs es obligatorio informar comprobantes.")
        elif not voucher.associated and voucher.period is None:
            yield Finding(10197, "Debe informar CbtesAsoc o PeriodoAsoc.")
    elif voucher.period is not None:
        yield Finding(10198, "Si el comprobante es Factura no debe informar PeriodoAsoc.")
    if voucher.period is not None and voucher.type in MIPYME:
        yield Finding(10196, "Para MiPyMEs no se encuentra habilitado informar PeriodoAsoc.")
    seen = [(one.type, one.point_of_sale, one.number, one.cuit) for one in voucher.associated]
    if len(set(seen)) < len(seen):
        yield Finding(10060, "Los comprobantes asociados no deben repetirse.")
    for associated in voucher.associated:
        yield from _one_association(voucher, associated, around)


def _one_association(
    voucher: Voucher, associated: Associated, around: Circumstances
) -> Iterator[Finding]:
    if associated.type not in ASSOCIABLE.get(voucher.type, frozenset()):
        yield Finding(10040, "El tipo de comprobante asociado no se corresponde con CbteTipo.")
        return
    yield from _reference(voucher, associated)
    if associated.cuit not in {"", str(around.issuer)} or associated.type not in CLASS_OF:
        return
    total = around.total_of(associated)
    if total is None:
        yield Finding(10041, "El comprobante asociado no obra en las bases.", excludes=False)
    elif voucher.type in CREDIT_NOTES and voucher.amounts.total > total:
        yield Finding(10237, "El importe supera el del comprobante asociado.", excludes=False)


def _reference(voucher: Voucher, associated: Associated) -> Iterator[Finding]:
    if not 0 < associated.point_of_sale <= _LARGEST_POINT_OF_SALE:
        yield Finding(10058, "El campo PtoVta del comprobante asociado es invalido.")
    if not 0 < associated.number < _LARGEST_NUMBER:
        yield Finding(10059, "El campo Nro del comprobante asociado es invalido.")
    if associated.cuit and not re.fullmatch(r"\d{11}", associated.cuit):
        yield Finding(10151, "El campo Cuit del comprobante asociado es invalido.")
    if voucher.type in MIPYME and voucher.type in NOTES:
        if not associated.cuit:
            yield Finding(10151, "Para notas MiPyMEs es obligatorio informar Cuit asociada.")
        if parse_date(associated.date) is None:
            yield Finding(10158, "Para notas MiPyMEs es obligatoria la fecha del asociado.")


def credit_invoice_rule(voucher: Voucher, _: Circumstances) -> Iterator[Finding]:
    if voucher.type in CREDIT_INVOICES:
        optionals = dict(voucher.optionals)
        if not re.fullmatch(r"\d{22}", optionals.get("2101", "")):
            yield Finding(10168, "Para facturas MiPyMEs (FCE) es obligatorio informar CBU.")
        kind = optionals.get("27")
        if kind is None:
            yield Finding(10216, "Es obligatorio informar Opcionales con id = 27.")
        elif kind not in {"SCA", "ADC"}:
            yield Finding(10215, "Los valores posibles del opcional 27 son SCA o ADC.")


ASSOCIATION_RULES: tuple[Rule, ...] = (association_rule, credit_invoice_rule)
