"""What people use and what may fail alone: how each depends on what it stands on."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.health.component import Component
from domain.health.status import Status, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature; its texts are for people, in Spanish.

    `effects` says how bad the loss of a component is for it.
    """

    id: str
    display_name: str
    is_critical: bool
    effects: Mapping[Component, Status]
    messages: Mapping[Status, str]
    unreported: Status = Status.HEALTHY
    """What it is while nobody has reported anything: UNKNOWN where an outside service decides."""
    worst_report: Status = Status.OFFLINE
    """As bad as reports can make it: DEGRADED where people go on while the outside is away."""

    def status_with(self, components: Mapping[Component, Status]) -> Status:
        """Return how well what it stands on lets it work, whatever was reported."""
        if Status.UNKNOWN in (components[component] for component in self.effects):
            return Status.UNKNOWN
        return worst(
            *(
                effect
                for component, effect in self.effects.items()
                if components[component] is Status.OFFLINE
            )
        )

    def told(self, reported: Status) -> Status:
        """Return what a report means for the people who use it."""
        return self.worst_report if reported is Status.OFFLINE else reported


JOB_PROOFS = "jobs.proofs"
WHATSAPP_MESSAGES = "messaging.whatsapp"
FEATURES = (
    Feature(
        id="invoicing.afip",
        display_name="Facturación AFIP",
        is_critical=True,
        effects={Component.DATABASE: Status.OFFLINE},
        messages={
            Status.HEALTHY: "Funciona con normalidad.",
            Status.DEGRADED: (
                "AFIP no responde bien. Las facturas quedan en espera y se autorizan solas cuando"
                " vuelva."
            ),
            Status.OFFLINE: "No se puede facturar en este momento.",
            Status.UNKNOWN: "Todavía no se usó.",
        },
        unreported=Status.UNKNOWN,
        worst_report=Status.DEGRADED,
    ),
    Feature(
        id="tracking.realtime",
        display_name="Seguimiento en vivo",
        is_critical=False,
        effects={Component.DATABASE: Status.OFFLINE, Component.CACHE: Status.DEGRADED},
        messages={
            Status.HEALTHY: "Funciona con normalidad.",
            Status.DEGRADED: "Las posiciones se guardan, pero el mapa no se actualiza al instante.",
            Status.OFFLINE: (
                "No se reciben posiciones. Los teléfonos las guardan y las envían cuando vuelva."
            ),
            Status.UNKNOWN: "Todavía no se comprobó.",
        },
    ),
    Feature(
        id="notifications.email",
        display_name="Avisos por correo",
        is_critical=False,
        effects={Component.DATABASE: Status.OFFLINE},
        messages={
            Status.HEALTHY: "Funciona con normalidad.",
            Status.DEGRADED: (
                "El servicio de correo no responde bien. Los correos quedan en espera y salen"
                " solos cuando vuelva."
            ),
            Status.OFFLINE: "No se envían correos en este momento.",
            Status.UNKNOWN: "Todavía no se usó.",
        },
        unreported=Status.UNKNOWN,
        worst_report=Status.DEGRADED,
    ),
    Feature(
        id=WHATSAPP_MESSAGES,
        display_name="Mensajes de WhatsApp",
        is_critical=False,
        effects={Component.DATABASE: Status.OFFLINE},
        messages={
            Status.HEALTHY: "Funciona con normalidad.",
            Status.DEGRADED: (
                "WhatsApp no responde bien. Los mensajes quedan en espera y salen solos cuando"
                " vuelva."
            ),
            Status.OFFLINE: "No se envían mensajes en este momento.",
            Status.UNKNOWN: "Todavía no se usó.",
        },
        unreported=Status.UNKNOWN,
        worst_report=Status.DEGRADED,
    ),
    Feature(
        id=JOB_PROOFS,
        display_name="Fotos y firmas",
        is_critical=False,
        effects={Component.DATABASE: Status.OFFLINE},
        messages={
            Status.HEALTHY: "Funciona con normalidad.",
            Status.DEGRADED: (
                "El almacenamiento de fotos y firmas no responde bien. Los trabajos siguen sin"
                " ellas: agregalas cuando vuelva."
            ),
            Status.OFFLINE: "No se pueden agregar ni ver fotos y firmas en este momento.",
            Status.UNKNOWN: "Todavía no se comprobó.",
        },
        unreported=Status.UNKNOWN,
        worst_report=Status.DEGRADED,
    ),
)
FEATURE_IDS = frozenset(feature.id for feature in FEATURES)
