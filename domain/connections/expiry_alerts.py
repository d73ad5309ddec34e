"""What operators are told of certificates whose time comes: owners are to be reminded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain.alerts import Alert, Severity
from domain.connections.arca_connection import EXPIRES_SOON

CERTIFICATES = "certificates"

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateExpiries:
    """How many organisations' certificates have expired, and how many do so soon."""

    expired: int
    expiring: int


def about_certificates(expiries: CertificateExpiries) -> Sequence[Alert]:
    """Tell daily of certificates that have expired, and weekly of those that will."""
    alerts = []
    if expiries.expired:
        alerts.append(
            Alert(
                key=f"{CERTIFICATES}:expired",
                severity=Severity.WARNING,
                text=f"The certificates of {expiries.expired} organisations for ARCA have expired:"
                " their invoices wait until another one is connected.",
                once_per=_DAY,
            )
        )
    if expiries.expiring:
        alerts.append(
            Alert(
                key=f"{CERTIFICATES}:expiring",
                severity=Severity.WARNING,
                text=f"The certificates of {expiries.expiring} organisations for ARCA expire within"
                f" {EXPIRES_SOON.days} days.",
                once_per=7 * _DAY,
            )
        )
    return alerts
