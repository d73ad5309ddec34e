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

    def status_with(self, components: Mapping[Component, Status]) -> Status:
        """Return how well the feature works while the components work like this."""
        if Status.UNKNOWN in (components[component] for component in self.effects):
            return Status.UNKNOWN
        return worst(
            *(
                effect
                for component, effect in self.effects.items()
                if components[component] is Status.OFFLINE
            )
        )


FEATURES = (
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
)
