"""A valid record of each class, and the circumstances it is judged in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sandbox.arca.findings import Circumstances
from sandbox.arca.rules import findings_of
from sandbox.arca.voucher import Amounts, Associated, VatLine, Voucher

ISSUER = 20123456786
TODAY = date(2026, 11, 22)


def an_invoice_c(**changes: object) -> Voucher:
    amount = Decimal(100)
    voucher = Voucher(
        type=11,
        concept=1,
        document_type=99,
        document_number=0,
        first=1,
        last=1,
        date="20261122",
        amounts=Amounts(
            total=amount,
            untaxed=Decimal(0),
            net=amount,
            exempt=Decimal(0),
            tributes=Decimal(0),
            vat=Decimal(0),
        ),
        service_from="",
        service_to="",
        payment_due="",
        currency="PES",
        rate=Decimal(1),
        paid_in_currency="",
        vat_condition=5,
        has_vat_array=False,
        has_tributes_array=False,
        associated=(),
        tributes=(),
        vat_lines=(),
        optionals=(),
        period=None,
    )
    return replace(voucher, **changes)  # type: ignore[arg-type]  # a test names its own fields


def an_invoice_b(*, total: str, net: str, vat: str, lines: tuple[VatLine, ...]) -> Voucher:
    base = an_invoice_c(type=6, has_vat_array=bool(lines), vat_lines=lines)
    amounts = replace(base.amounts, total=Decimal(total), net=Decimal(net), vat=Decimal(vat))
    return replace(base, amounts=amounts)


def a_vat_line(rate: int, base: str, amount: str) -> VatLine:
    return VatLine(id=rate, base=Decimal(base), amount=Decimal(amount))


def circumstances(
    *,
    today: date = TODAY,
    total_of: Callable[[Associated], Decimal | None] = lambda _: None,
) -> Circumstances:
    return Circumstances(
        issuer=ISSUER,
        today=today,
        vat_condition_required=True,
        identification_threshold=Decimal(10_000_000),
        total_of=total_of,
    )


def codes_of(voucher: Voucher, around: Circumstances | None = None) -> list[int]:
    return [finding.code for finding in findings_of(voucher, around or circumstances())]
