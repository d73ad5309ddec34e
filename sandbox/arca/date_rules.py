"""WSFEv1's rules for the dates of one record."""

from collections.abc import Iterator
from datetime import timedelta

from sandbox.arca.catalogue import CREDIT_INVOICES, MIPYME, NOTES
from sandbox.arca.findings import Circumstances, Finding, Rule, parse_date
from sandbox.arca.voucher import Voucher

_GOODS = 1


def date_rule(voucher: Voucher, around: Circumstances) -> Iterator[Finding]:
    issued = parse_date(voucher.date)
    before, after, kind = _date_window(voucher)
    if issued is None or not timedelta(days=-before) <= issued - around.today <= timedelta(
        days=after
    ):
        yield Finding(
            10016,
            f"Campo CbteFch Debe estar comprendido  en el  rango  N-{before} y N+{after} siendo N "
            f"la fecha de envio del pedido  de autorizacion para {kind}",
        )
    elif (
        issued > around.today
        and issued.month != around.today.month
        and (voucher.concept == _GOODS or voucher.type in MIPYME)
    ):
        yield Finding(10152, "El mes de CbteFch debe coincidir con el de la autorizacion.")


def _date_window(voucher: Voucher) -> tuple[int, int, str]:
    if voucher.type in MIPYME:
        return (5, 0 if voucher.type in NOTES else 1, "Facturas de Credito")
    if voucher.concept == _GOODS:
        return (5, 5, "1 - Productos")
    return (10, 10, "2 - Servicios o 3 - Productos y Servicios")


def service_rule(voucher: Voucher, around: Circumstances) -> Iterator[Finding]:
    sent = (voucher.service_from, voucher.service_to, voucher.payment_due)
    starts, ends, due = map(parse_date, sent)
    if voucher.concept in {2, 3} and not all(sent):
        yield Finding(10049, "FchServDesde, FchServHasta y FchVtoPago son obligatorios.")
    elif any(sent) and not all(sent) and voucher.type not in CREDIT_INVOICES:
        missing = [10031, 10033, 10035][sent.index("")]
        yield Finding(missing, "Si informa una de las fechas de servicio debe informar las tres.")
    elif any(text and parse_date(text) is None for text in sent):
        yield Finding(10049, "Las fechas de servicio deben tener el formato yyyymmdd.")
    if starts and ends and starts > ends:
        yield Finding(10032, "FchServDesde no puede ser posterior a FchServHasta.")
    issued = parse_date(voucher.date)
    if due and issued and due < issued:
        yield Finding(10036, "FchVtoPago no puede ser anterior a la fecha del comprobante.")
    if voucher.type in CREDIT_INVOICES and due is None:
        yield Finding(10163, "Para facturas MiPyMEs (FCE) es obligatorio informar FchVtoPago.")
    elif voucher.type in CREDIT_INVOICES and due and due < around.today:
        yield Finding(10164, "FchVtoPago debe ser posterior o igual a la fecha actual.")


DATE_RULES: tuple[Rule, ...] = (date_rule, service_rule)
