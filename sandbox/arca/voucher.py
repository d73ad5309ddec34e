"""One record of FECAESolicitar: read from a request, and written back by FECompConsultar."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from sandbox.arca.catalogue import CLASS_OF
from sandbox.arca.fields import Fields, plain
from sandbox.soap import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class VatLine:
    id: int
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tribute:
    id: int
    description: str
    base: Decimal
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Associated:
    type: int
    point_of_sale: int
    number: int
    cuit: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    total: Decimal
    untaxed: Decimal
    net: Decimal
    exempt: Decimal
    tributes: Decimal
    vat: Decimal

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(
            total=fields.decimal("ImpTotal"),
            untaxed=fields.decimal("ImpTotConc"),
            net=fields.decimal("ImpNeto"),
            exempt=fields.decimal("ImpOpEx"),
            tributes=fields.decimal("ImpTrib"),
            vat=fields.decimal("ImpIVA"),
        )

    def nodes(self) -> list[Node]:
        return [
            ("ImpTotal", plain(self.total)),
            ("ImpTotConc", plain(self.untaxed)),
            ("ImpNeto", plain(self.net)),
            ("ImpOpEx", plain(self.exempt)),
            ("ImpTrib", plain(self.tributes)),
            ("ImpIVA", plain(self.vat)),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    type: int
    concept: int
    document_type: int
    document_number: int
    first: int
    last: int
    date: str
    amounts: Amounts
    service_from: str
    service_to: str
    payment_due: str
    currency: str
    rate: Decimal | None
    paid_in_currency: str
    vat_condition: int
    has_vat_array: bool
    has_tributes_array: bool
    associated: tuple[Associated, ...]
    tributes: tuple[Tribute, ...]
    vat_lines: tuple[VatLine, ...]
    optionals: tuple[tuple[str, str], ...]
    period: tuple[str, str] | None

    @property
    def letter(self) -> str:
        return CLASS_OF[self.type]

    @classmethod
    def read(cls, voucher_type: int, fields: Fields) -> Self:
        """Read a record; raise UnreadableNumberError."""
        period = fields.child("PeriodoAsoc")
        return cls(
            type=voucher_type,
            concept=fields.integer("Concepto"),
            document_type=fields.integer("DocTipo"),
            document_number=fields.integer("DocNro"),
            first=fields.integer("CbteDesde"),
            last=fields.integer("CbteHasta"),
            date=fields.text("CbteFch"),
            amounts=Amounts.read(fields),
            service_from=fields.text("FchServDesde"),
            service_to=fields.text("FchServHasta"),
            payment_due=fields.text("FchVtoPago"),
            currency=fields.text("MonId"),
            rate=fields.optional_decimal("MonCotiz"),
            paid_in_currency=fields.text("CanMisMonExt"),
            vat_condition=fields.integer("CondicionIVAReceptorId"),
            has_vat_array=fields.child("Iva").exists,
            has_tributes_array=fields.child("Tributos").exists,
            associated=tuple(map(_associated, fields.children("CbtesAsoc/CbteAsoc"))),
            tributes=tuple(map(_tribute, fields.children("Tributos/Tributo"))),
            vat_lines=tuple(map(_vat_line, fields.children("Iva/AlicIva"))),
            optionals=tuple(
                (optional.text("Id"), optional.text("Valor"))
                for optional in fields.children("Opcionales/Opcional")
            ),
            period=(period.text("FchDesde"), period.text("FchHasta")) if period.exists else None,
        )

    def echo(self) -> list[Node]:
        """Return the fields that every answer about this record begins with."""
        return [
            ("Concepto", self.concept),
            ("DocTipo", self.document_type),
            ("DocNro", self.document_number),
            ("CbteDesde", self.first),
            ("CbteHasta", self.last),
            ("CbteFch", self.date),
        ]

    def nodes(self) -> list[Node]:
        """Return every field; what was not sent is empty or left out."""
        return [
            *self.echo(),
            *self.amounts.nodes(),
            ("FchServDesde", self.service_from),
            ("FchServHasta", self.service_to),
            ("FchVtoPago", self.payment_due),
            ("MonId", self.currency),
            ("MonCotiz", plain(self.rate or Decimal(0))),
            ("CanMisMonExt", self.paid_in_currency or None),
            ("CondicionIVAReceptorId", self.vat_condition or None),
            _array("CbtesAsoc", "CbteAsoc", map(_associated_nodes, self.associated)),
            _array("Tributos", "Tributo", map(_tribute_nodes, self.tributes)),
            _array("Iva", "AlicIva", map(_vat_nodes, self.vat_lines)),
            _array(
                "Opcionales",
                "Opcional",
                ([("Id", key), ("Valor", value)] for key, value in self.optionals),
            ),
            (
                "PeriodoAsoc",
                [("FchDesde", self.period[0]), ("FchHasta", self.period[1])]
                if self.period
                else None,
            ),
        ]


def _vat_line(fields: Fields) -> VatLine:
    return VatLine(
        id=fields.integer("Id"), base=fields.decimal("BaseImp"), amount=fields.decimal("Importe")
    )


def _tribute(fields: Fields) -> Tribute:
    return Tribute(
        id=fields.integer("Id"),
        description=fields.text("Desc"),
        base=fields.decimal("BaseImp"),
        rate=fields.decimal("Alic"),
        amount=fields.decimal("Importe"),
    )


def _associated(fields: Fields) -> Associated:
    return Associated(
        type=fields.integer("Tipo"),
        point_of_sale=fields.integer("PtoVta"),
        number=fields.integer("Nro"),
        cuit=fields.text("Cuit"),
        date=fields.text("CbteFch"),
    )


def _array(outer: str, inner: str, items: Iterable[list[Node]]) -> Node:
    listed: list[Node] = [(inner, item) for item in items]
    return (outer, listed or None)


def _vat_nodes(line: VatLine) -> list[Node]:
    return [("Id", line.id), ("BaseImp", plain(line.base)), ("Importe", plain(line.amount))]


def _tribute_nodes(tribute: Tribute) -> list[Node]:
    return [
        ("Id", tribute.id),
        ("Desc", tribute.description),
        ("BaseImp", plain(tribute.base)),
        ("Alic", plain(tribute.rate)),
        ("Importe", plain(tribute.amount)),
    ]


def _associated_nodes(associated: Associated) -> list[Node]:
    return [
        ("Tipo", associated.type),
        ("PtoVta", associated.point_of_sale),
        ("Nro", associated.number),
        ("Cuit", associated.cuit or None),
        ("CbteFch", associated.date or None),
    ]
