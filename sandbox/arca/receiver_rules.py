"""WSFEv1's rules for the receiver: document, identification threshold, VAT condition.

Class C is held to the form of the document too, though the manual asks it of class B alone.
"""

from collections.abc import Iterator

from sandbox.arca.catalogue import (
    ANONYMOUS_DOCUMENT,
    CUIT_DOCUMENT,
    DOCUMENTS,
    MIPYME,
    REGISTERED_DOCUMENTS,
    UNCATEGORISED_CUIT,
    VAT_CONDITIONS,
)
from sandbox.arca.cuit import is_cuit
from sandbox.arca.findings import Circumstances, Finding, Rule
from sandbox.arca.voucher import Voucher


def receiver_rule(voucher: Voucher, around: Circumstances) -> Iterator[Finding]:
    if voucher.document_number == around.issuer and voucher.document_type in REGISTERED_DOCUMENTS:
        yield Finding(10069, "El receptor del comprobante no puede ser igual al emisor.")
    if voucher.letter in {"A", "ALEY"}:
        yield from _receiver_of_class_a(voucher)
    elif voucher.type in MIPYME and voucher.document_type != CUIT_DOCUMENT:
        yield Finding(10015, "Para comprobantes MiPyMEs (FCE) el receptor debe informar CUIT.")
    elif not _is_document(voucher):
        yield Finding(10015, "Campo DocNro invalido para el DocTipo informado.")
    elif voucher.letter == "B":
        yield from _threshold(voucher, around)


def _receiver_of_class_a(voucher: Voucher) -> Iterator[Finding]:
    if voucher.document_type != CUIT_DOCUMENT:
        yield Finding(10013, "Para comprobantes clase A el campo DocTipo debe ser 80 (CUIT).")
    elif not is_cuit(voucher.document_number):
        yield Finding(10017, "El campo DocNro no se encuentra en el padron.", excludes=False)


def _is_document(voucher: Voucher) -> bool:
    number = voucher.document_number
    if voucher.document_type == ANONYMOUS_DOCUMENT:
        return number == 0
    if voucher.document_type in REGISTERED_DOCUMENTS:
        # There is no registry here: a number with the right check digit counts as registered.
        return number == UNCATEGORISED_CUIT or is_cuit(number)
    return voucher.document_type in DOCUMENTS and number > 0


def _threshold(voucher: Voucher, around: Circumstances) -> Iterator[Finding]:
    count = max(voucher.last - voucher.first + 1, 1)
    each = voucher.amounts.total * (voucher.rate or 1) / count
    if each < around.identification_threshold:
        if count > 1 and voucher.document_type != ANONYMOUS_DOCUMENT:
            yield Finding(10015, "En pedidos multiples DocTipo debe ser 99 y DocNro cero.")
    elif count > 1:
        yield Finding(10014, "El importe de cada comprobante debe ser menor al monto fijado.")
    elif voucher.document_type == ANONYMOUS_DOCUMENT:
        yield Finding(10015, "Por el monto de la operacion debe identificarse al receptor.")


def vat_condition_rule(voucher: Voucher, around: Circumstances) -> Iterator[Finding]:
    if not voucher.vat_condition:
        required = around.vat_condition_required
        yield Finding(
            10246 if required else 10245,
            "Campo Condicion Frente al IVA del receptor es obligatorio conforme a lo reglamentado "
            "por la Resolucion General Nro 5616.",
            excludes=required,
        )
    elif voucher.vat_condition not in VAT_CONDITIONS:
        yield Finding(10242, "El campo Condicion IVA receptor no es un valor permitido.")
    elif voucher.letter not in VAT_CONDITIONS[voucher.vat_condition][1]:
        yield Finding(10243, "El campo Condicion IVA receptor no es valido para la clase.")


RECEIVER_RULES: tuple[Rule, ...] = (receiver_rule, vat_condition_rule)
