"""What operators are told of a component that is away."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.alerts import Alert, Severity
from domain.health.component import Component

COMPONENT = "component"

_AGAIN_AFTER = timedelta(hours=6)
_SEVERITIES: Mapping[Component, Severity] = {
    Component.DATABASE: Severity.URGENT,
    Component.CACHE: Severity.WARNING,
}
_MEANINGS: Mapping[Component, str] = {
    Component.DATABASE: "nothing new is accepted, and every feature stands still",
    Component.CACHE: "positions on maps stand still, and tasks start late",
}


def component_key(component: Component) -> str:
    return f"{COMPONENT}:{component}"


def about_outage(component: Component, since: datetime) -> Alert:
    return Alert(
        key=component_key(component),
        severity=_SEVERITIES[component],
        text=f"The {component} is away since {_told(since)}: {_MEANINGS[component]}.",
        once_per=_AGAIN_AFTER,
    )


def words_of_return(component: Component, since: datetime) -> str:
    """Return what is said to those who were told of an outage that began then."""
    return f"The {component} is back; it was away since {_told(since)}."


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
