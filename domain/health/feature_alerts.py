"""What operators are told of features that work badly, and when it is over."""

from collections.abc import Mapping
from datetime import timedelta

from domain.alerts import Alert, AlertBook, Changes, Severity
from domain.health.feature import FEATURES, Feature
from domain.health.status import Status, StatusSince

FEATURE = "feature"

_AGAIN_AFTER = timedelta(hours=6)
_BAD = frozenset({Status.DEGRADED, Status.OFFLINE})


async def keep_feature_alerts(book: AlertBook, states: Mapping[str, StatusSince]) -> Changes:
    """Tell of features that were reported to work badly, and of those that are well again.

    Of what nobody knows anything, because it was forgotten or nothing was heard yet, the alerts
    stay as they are. Raises TemporaryError.
    """
    known = [(feature, states[feature.id]) for feature in FEATURES if feature.id in states]
    bad = [_alert(feature, state) for feature, state in known if feature.told(state.status) in _BAD]
    well = [_key(feature) for feature, state in known if state.status is Status.HEALTHY]
    told = [alert for alert in bad if await book.alert(alert)]
    return Changes(told=told, recovered=await book.recover(well) if well else ())


def _alert(feature: Feature, state: StatusSince) -> Alert:
    status = feature.told(state.status)
    is_urgent = feature.is_critical and status is Status.OFFLINE
    return Alert(
        key=_key(feature),
        severity=Severity.URGENT if is_urgent else Severity.WARNING,
        text=f"{feature.id} is {status} since {state.since:%Y-%m-%d %H:%M:%S} UTC.",
        once_per=_AGAIN_AFTER,
    )


def _key(feature: Feature) -> str:
    return f"{FEATURE}:{feature.id}"
