"""The health of the whole, as it was last looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.health.component import Component
from domain.health.feature import FEATURES, Feature
from domain.health.status import Status, StatusSince, worst


@dataclass(frozen=True, slots=True)
class FeatureHealth:
    """A feature, how well it works, and what was last reported of it."""

    feature: Feature
    state: StatusSince
    report: StatusSince | None = None

    def with_components(
        self, statuses: Mapping[Component, Status], at: datetime
    ) -> "FeatureHealth":
        """Return it after somebody looked at what it stands on."""
        report = self.report
        reported = report.status if report else self.feature.unreported
        status = worst(self.feature.status_with(statuses), reported)
        if report and status is report.status and self.state.status is Status.UNKNOWN:
            # Processes that begin at different times agree on when it began.
            return replace(self, state=report)
        return replace(self, state=self.state.seen_as(status, at))

    def with_report(
        self, statuses: Mapping[Component, Status], report: StatusSince
    ) -> "FeatureHealth":
        """Return it after somebody reported how well it works."""
        told = StatusSince(self.feature.told(report.status), report.since)
        own = self.feature.status_with(statuses)
        status = worst(own, told.status)
        if own is Status.HEALTHY or status is not own:
            return replace(self, state=told, report=told)
        return replace(self, state=self.state.seen_as(status, report.since), report=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemHealth:
    """What everybody may know about how well the system works.

    Two are equal if they tell the same, whenever it was looked at.
    """

    overall: StatusSince
    components: Mapping[Component, StatusSince]
    features: tuple[FeatureHealth, ...]
    checked_at: datetime = field(compare=False)

    def seen(self, component: Component, status: Status, at: datetime) -> "SystemHealth":
        """Return the health after somebody looked at a component."""
        components = {
            **self.components,
            component: self.components[component].seen_as(status, at),
        }
        statuses = _statuses(components)
        features = tuple(known.with_components(statuses, at) for known in self.features)
        return SystemHealth(
            overall=self.overall.seen_as(_overall(statuses, features), at),
            components=components,
            features=features,
            checked_at=at,
        )

    def reported(self, feature_id: str, report: StatusSince) -> "SystemHealth":
        """Return the health after a report; about no feature of ours it changes nothing."""
        statuses = _statuses(self.components)
        features = tuple(
            known.with_report(statuses, report) if known.feature.id == feature_id else known
            for known in self.features
        )
        overall = self.overall.seen_as(_overall(statuses, features), report.since)
        return replace(self, overall=overall, features=features)


def unknown_health(at: datetime, features: tuple[Feature, ...] = FEATURES) -> SystemHealth:
    """Return what is known before anybody looked."""
    unknown = StatusSince(Status.UNKNOWN, at)
    return SystemHealth(
        overall=unknown,
        components=dict.fromkeys(Component, unknown),
        features=tuple(FeatureHealth(feature, unknown) for feature in features),
        checked_at=at,
    )


def _statuses(components: Mapping[Component, StatusSince]) -> dict[Component, Status]:
    return {component: state.status for component, state in components.items()}


def _overall(components: Mapping[Component, Status], features: tuple[FeatureHealth, ...]) -> Status:
    """As bad as the worst critical feature; the cache alone never takes the whole offline."""
    database, cache = components[Component.DATABASE], components[Component.CACHE]
    if database is Status.OFFLINE:
        return Status.OFFLINE
    critical = (
        known.state.status
        for known in features
        # What nobody has used yet counts as available.
        if known.feature.is_critical and known.state.status is not Status.UNKNOWN
    )
    return worst(database, Status.DEGRADED if cache is Status.OFFLINE else cache, *critical)
