"""The answers of WSFEv1's FEParamGet operations that depend on nothing."""

from collections.abc import Iterable

from sandbox.arca.catalogue import (
    CONCEPTS,
    CURRENCIES,
    DOCUMENTS,
    TRIBUTES,
    VAT_CONDITIONS,
    VAT_RATES,
    VOUCHER_TYPES,
)
from sandbox.soap import Node

_CLASSES = frozenset({"A", "ALEY", "B", "C", "49"})


def _table(element: str, rows: Iterable[tuple[int | str, str]]) -> list[Node]:
    return [
        (
            element,
            [
                ("Id", number),
                ("Desc", text),
                ("FchDesde", "20100917"),
                # An open end is this very text.
                ("FchHasta", "NULL"),
            ],
        )
        for number, text in rows
    ]


PARAMETERS: dict[str, list[Node]] = {
    "FEParamGetTiposCbte": _table("CbteTipo", VOUCHER_TYPES.items()),
    "FEParamGetTiposConcepto": _table("ConceptoTipo", CONCEPTS.items()),
    "FEParamGetTiposDoc": _table("DocTipo", DOCUMENTS.items()),
    "FEParamGetTiposIva": _table(
        "IvaTipo", ((number, f"{rate}%") for number, rate in VAT_RATES.items())
    ),
    "FEParamGetTiposMonedas": _table(
        "Moneda", ((currency, text) for currency, (text, _) in CURRENCIES.items())
    ),
    "FEParamGetTiposTributos": _table("TributoTipo", TRIBUTES.items()),
}


def vat_conditions(letter: str) -> list[Node] | None:
    """Return the receivers' VAT conditions of a class, or all; None if there is no such class."""
    if letter and letter not in _CLASSES:
        return None
    return [
        (
            "CondicionIvaReceptor",
            [("Id", number), ("Desc", text), ("Cmp_Clase", "/".join(classes))],
        )
        for number, (text, classes) in VAT_CONDITIONS.items()
        if not letter or letter in classes
    ]
