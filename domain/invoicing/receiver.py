"""To whom an invoice is made out, and by which document ARCA is told who that is."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from domain.addresses import Address
from domain.invoicing.fiscal_rule import ReceiverRefusedError
from domain.invoicing.identification_threshold import must_identify


class CondicionIvaReceptor(IntEnum):
    """ARCA's codes (CondicionIVAReceptorId, RG 5616/2024); the gaps do not exist there."""

    RESPONSABLE_INSCRIPTO = 1
    EXENTO = 4
    CONSUMIDOR_FINAL = 5
    MONOTRIBUTO = 6
    NO_CATEGORIZADO = 7
    PROVEEDOR_DEL_EXTERIOR = 8
    CLIENTE_DEL_EXTERIOR = 9
    LIBERADO = 10
    MONOTRIBUTO_SOCIAL = 13
    NO_ALCANZADO = 15
    MONOTRIBUTO_PROMOVIDO = 16


RECEIVES_CLASS_A = frozenset(
    {
        CondicionIvaReceptor.RESPONSABLE_INSCRIPTO,
        CondicionIvaReceptor.MONOTRIBUTO,
        CondicionIvaReceptor.MONOTRIBUTO_SOCIAL,
        CondicionIvaReceptor.MONOTRIBUTO_PROMOVIDO,
    }
)
"""Who gets an A from a responsable inscripto; everybody else gets a B."""


class DocumentType(StrEnum):
    """What identifies a receiver."""

    CUIT = "CUIT"
    CUIL = "CUIL"
    DNI = "DNI"
    PASSPORT = "PASSPORT"


class DocTipo(IntEnum):
    """ARCA's codes of receiver documents."""

    CUIT = 80
    CUIL = 86
    PASSPORT = 94
    DNI = 96
    ANONYMOUS = 99


_DOC_TIPOS = {
    DocumentType.CUIT: DocTipo.CUIT,
    DocumentType.CUIL: DocTipo.CUIL,
    DocumentType.DNI: DocTipo.DNI,
    DocumentType.PASSPORT: DocTipo.PASSPORT,
}


@dataclass(frozen=True, slots=True)
class FiscalDocument:
    """A receiver's document as ARCA takes it: a code and a number, never letters."""

    tipo: int
    number: int


ANONYMOUS = FiscalDocument(DocTipo.ANONYMOUS, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """The customer as they were when the invoice was made."""

    display_name: str
    condicion_iva: CondicionIvaReceptor = CondicionIvaReceptor.CONSUMIDOR_FINAL
    document_type: DocumentType | None = None
    """None: a final consumer who did not say who they are."""
    document_number: str = ""
    address: Address | None = None

    def fiscal_document(self) -> FiscalDocument:
        """Return the document to name to ARCA; what it has no number for is anonymous."""
        number = self.document_number
        if self.document_type is None or not (number.isascii() and number.isdigit()):
            return ANONYMOUS
        return FiscalDocument(_DOC_TIPOS[self.document_type], int(number))

    def check(self, *, gets_class_a: bool, issuer_cuit: str, total_minor: int, day: date) -> None:
        """Raise ReceiverRefusedError unless such an invoice may be made out to this receiver."""
        document = self.fiscal_document()
        if gets_class_a and document.tipo != DocTipo.CUIT:
            raise _refused(
                "A class A invoice is made out to a CUIT.",
                "Para hacerle una factura A a este cliente hace falta su CUIT.",
            )
        if document == FiscalDocument(DocTipo.CUIT, int(issuer_cuit)):
            raise _refused(
                "Nobody invoices themselves.",
                "El cliente tiene el mismo CUIT que tu empresa: corregí el CUIT del cliente.",
            )
        if document != ANONYMOUS:
            return
        if self.condicion_iva is not CondicionIvaReceptor.CONSUMIDOR_FINAL:
            raise _refused(
                "Only a final consumer may stay anonymous.",
                "Por su condición frente al IVA, este cliente necesita un documento.",
            )
        if must_identify(total_minor, day):
            raise _refused(
                "A final consumer must be identified from this amount on.",
                "Por el monto de la factura hay que identificar al cliente: cargá su DNI o CUIT.",
            )


def _refused(message: str, explanation: str) -> ReceiverRefusedError:
    return ReceiverRefusedError(message, field="receiver.document", explanation=explanation)
