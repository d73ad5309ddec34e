"""What ARCA's codes mean for us: dated data, for codes appear and change between its manuals.

The real wording lacks accents and changes too: the code decides, and the text only splits 500 and
600. Where a code is reported matters for 10016 alone.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

AS_OF = date(2026, 11, 1)
"""WSFEv1 manual 4.7 (production) and 4.8 (testing)."""

NO_DATA = 602
_AUTHENTICATION = 600
_INTERNAL = 500
_SEQUENCE = 10016
_FIRST_VALIDATION = 10000
"""Codes from here on are validations: the request was read and refused."""


class Place(StrEnum):
    """Where in an answer a code stands."""

    ERRORS = "Errors"
    OBSERVATIONS = "Observaciones"


class CodeClass(StrEnum):
    """What follows from a code."""

    NO_DATA = "NO_DATA"
    TICKET = "TICKET"
    """The access ticket is expired or damaged: a new one may help."""
    UNKNOWN_OUTCOME = "UNKNOWN_OUTCOME"
    OUT_OF_SEQUENCE = "OUT_OF_SEQUENCE"
    SETUP = "SETUP"
    DEFECT = "DEFECT"
    DOCUMENT = "DOCUMENT"
    DATE = "DATE"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Finding:
    """One code of an answer, with ARCA's own words."""

    code: int
    message: str
    place: Place


_WARNINGS = frozenset({10017, 10041, 10063, 10188, 10217, 10245, 10249, 10283}) | frozenset(
    range(10234, 10239)
)
_SETUP = frozenset({601, 10000, 10004, 10005, 11000, 11002})
_DEFECTS = frozenset({10001, 10002, 10003, 10006, 10007, 10048, 11001}) | frozenset(
    {*range(10018, 10037), 10043, 10044, 10045, 10046, 10047, 10049, 10051, 10056, 10061}
    | {10065, 10070, 10071}
)


_CLASSES: Mapping[int, CodeClass] = {
    NO_DATA: CodeClass.NO_DATA,
    **dict.fromkeys(_SETUP, CodeClass.SETUP),
    **dict.fromkeys(_DEFECTS, CodeClass.DEFECT),
    **dict.fromkeys(_WARNINGS, CodeClass.WARNING),
}


def class_of(finding: Finding) -> CodeClass:
    """Return what follows from a code."""
    if finding.code == _AUTHENTICATION:
        return CodeClass.SETUP if "relaciones" in _plain(finding.message) else CodeClass.TICKET
    if finding.code == _SEQUENCE:
        is_sequence = finding.place is Place.ERRORS
        return CodeClass.OUT_OF_SEQUENCE if is_sequence else CodeClass.DATE
    if finding.code == _INTERNAL and "auth" in _plain(finding.message):
        return CodeClass.DEFECT
    # A code nobody wrote down yet: a validation refuses, anything else tells us nothing.
    is_validation = finding.code >= _FIRST_VALIDATION
    fallback = CodeClass.DOCUMENT if is_validation else CodeClass.UNKNOWN_OUTCOME
    return _CLASSES.get(finding.code, fallback)


_BY_CODE: Mapping[int, str] = {
    600: "ARCA no nos autoriza a facturar por tu CUIT. Delegá el servicio «Facturación "
    "Electrónica» a CampoTech en el Administrador de Relaciones.",
    601: "ARCA no nos autoriza a facturar por tu CUIT. Delegá el servicio «Facturación "
    "Electrónica» a CampoTech en el Administrador de Relaciones.",
    10000: "ARCA no te habilita a emitir este tipo de comprobante. Revisá en ARCA tu condición "
    "frente al IVA, tu actividad y tu domicilio fiscal.",
    10004: "El punto de venta no es válido. Revisá el número en tu perfil fiscal.",
    10005: "El punto de venta no está habilitado para factura electrónica por web service. "
    "Creá uno en ARCA y cargalo en tu perfil fiscal.",
    10013: "Para hacerle una factura A a este cliente hace falta su CUIT.",
    10014: "Por el monto de la factura hay que identificar al cliente: cargá su DNI o CUIT.",
    10015: "ARCA no reconoce el documento del cliente. Revisá el número, o identificá al cliente "
    "si el monto lo exige.",
    10016: "La fecha de la factura quedó fuera del plazo que acepta ARCA.",
    10069: "El cliente tiene el mismo CUIT que tu empresa: corregí el CUIT del cliente.",
    10192: "A este cliente le corresponde una Factura de Crédito Electrónica MiPyME.",
    10242: "La condición frente al IVA del cliente no es válida: corregila en su ficha.",
    10243: "La condición frente al IVA del cliente no corresponde a este tipo de factura.",
    10246: "Falta la condición frente al IVA del cliente: cargala en su ficha.",
    11000: "El punto de venta no es válido. Revisá el número en tu perfil fiscal.",
    11002: "El punto de venta no está habilitado para factura electrónica por web service. "
    "Creá uno en ARCA y cargalo en tu perfil fiscal.",
}
_BY_CLASS: Mapping[CodeClass, str] = {
    CodeClass.SETUP: "Hay que completar un trámite en ARCA antes de poder facturar.",
    CodeClass.DEFECT: "ARCA rechazó la factura por un error nuestro. Avisanos y la corregimos.",
    CodeClass.DOCUMENT: "ARCA rechazó la factura con los datos de este cliente.",
}


def explanation_of(finding: Finding) -> str:
    """Return what the owner can read about a refusal, in Spanish."""
    fallback = _BY_CLASS.get(class_of(finding), "ARCA rechazó la factura.")
    return _BY_CODE.get(finding.code, fallback)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
