"""The class of an invoice, the letter in the box: issuer and receiver decide it."""

from enum import IntEnum

from domain.invoicing.issuer import CondicionIva
from domain.invoicing.receiver import RECEIVES_CLASS_A, CondicionIvaReceptor


class ComprobanteTipo(IntEnum):
    """ARCA's codes (CbteTipo) of the documents we issue."""

    FACTURA_A = 1
    FACTURA_B = 6
    FACTURA_C = 11

    @property
    def letter(self) -> str:
        return self.name[-1]

    @property
    def title(self) -> str:
        """The name people know it by: `Factura B`."""
        return f"Factura {self.letter}"


def comprobante_tipo_for(issuer: CondicionIva, receiver: CondicionIvaReceptor) -> ComprobanteTipo:
    """Return the type of invoice that this issuer makes out to this receiver."""
    if issuer is not CondicionIva.RESPONSABLE_INSCRIPTO:
        return ComprobanteTipo.FACTURA_C
    if receiver in RECEIVES_CLASS_A:
        return ComprobanteTipo.FACTURA_A
    return ComprobanteTipo.FACTURA_B
