"""The health of the whole, as it was last looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.health.component import Component
from domain.health.feature import FEATURES, Feature
from domain.health.status import Status, StatusSince, worst


@dataclass(frozen=True, slots=True)
class FeatureHealth:
    """A feature and how well it works."""

    feature: Feature
    state: StatusSince


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemHealth:
    """What everybody may know about how well the system works."""

    overall: StatusSince
    components: Mapping[Component, StatusSince]
    features: tuple[FeatureHealth, ...]
    checked_at: datetime

    def seen(self, component: Component, status: Status, at: datetime) -> "SystemHealth":
        """Return the health after somebody looked at a component."""
        components = {
            **self.components,
            component: self.components[component].seen_as(status, at),
        }
        statuses = {each: state.status for each, state in components.items()}
        features = tuple(
            FeatureHealth(
                known.feature, known.state.seen_as(known.feature.status_with(statuses), at)
            )
            for known in self.features
        )
        return SystemHealth(
            overall=self.overall.seen_as(_overall(statuses, features), at),
            components=components,
            features=features,
            checked_at=at,
        )


def unknown_health(at: datetime, features: tuple[Feature, ...] = FEATURES) -> SystemHealth:
    """Return what is known before anybody looked."""
    unknown = StatusSince(Status.UNKNOWN, at)
    return SystemHealth(
        overall=unknown,
        components=dict.fromkeys(Component, unknown),
        features=tuple(FeatureHealth(feature, unknown) for feature in features),
        checked_at=at,
    )


def _overall(components: Mapping[Component, Status], features: tuple[FeatureHealth, ...]) -> Status:
    """As bad as the worst critical feature; the cache alone never takes the whole offline."""
    database, cache = components[Component.DATABASE], components[Component.CACHE]
    if database is Status.OFFLINE:
        return Status.OFFLINE
    critical = (known.state.status for known in features if known.feature.is_critical)
    return worst(database, Status.DEGRADED if cache is Status.OFFLINE else cache, *critical)
