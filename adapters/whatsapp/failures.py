"""Why WhatsApp did not deliver a message, as a dispatcher reads it."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.messaging.message import Failure

_IN_SPANISH: Mapping[str, str] = {
    "130472": "WhatsApp no entregó el mensaje por una prueba propia. Probá más tarde.",
    "131021": "El número del cliente es el de la propia empresa.",
    "131026": "No se pudo entregar: el número no tiene WhatsApp o no acepta mensajes de empresas.",
    "132001": "WhatsApp no tiene aprobada esta plantilla.",
    "132015": "WhatsApp pausó esta plantilla porque molesta a los clientes.",
    "132016": "WhatsApp ya no admite esta plantilla.",
    "131042": "WhatsApp no cobra por un problema con el medio de pago de la empresa.",
    "131047": "Pasaron más de 24 horas desde que el cliente escribió: usá una plantilla.",
    "131049": "WhatsApp limitó los mensajes a este cliente. Probá mañana.",
    "131050": "El cliente no quiere recibir mensajes de promoción.",
}
_UNNAMED = "0"


def failure_of(errors: Sequence[Mapping[str, Any]]) -> Failure:
    """Return the first of the errors that a status names."""
    code = str(errors[0].get("code", _UNNAMED))[:20] if errors else _UNNAMED
    return failure_called(code)


def failure_called(code: str) -> Failure:
    """Return what WhatsApp's code means."""
    return Failure(code=code, message=_IN_SPANISH.get(code, "WhatsApp no entregó el mensaje."))
