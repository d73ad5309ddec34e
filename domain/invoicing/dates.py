"""The windows that ARCA accepts dates in; N is the day of the request, in Argentina."""

from datetime import date, timedelta

from domain.invoicing.fiscal_rule import DatesRefusedError

SERVICE_WINDOW = timedelta(days=10)
"""For services (Concepto 2): N-10 to N+10."""
PAYMENT_TERM = timedelta(days=10)
"""How long a customer has to pay, unless somebody says otherwise."""


def is_in_window(issue_date: date, today: date) -> bool:
    """Tell whether a document for services with this date is accepted today."""
    return abs(issue_date - today) <= SERVICE_WINDOW


def check_issue_date(issue_date: date, *, today: date, last_issue_date: date | None) -> None:
    """Raise DatesRefusedError unless the date is in the window and not before its series' last."""
    if not is_in_window(issue_date, today):
        raise _refused("issue_date", "The issue date is more than ten days away.")
    if last_issue_date is not None and issue_date < last_issue_date:
        raise _refused("issue_date", "The issue date is before the last one of its series.")


def check_service_dates(
    service_from: date, service_to: date, *, payment_due_date: date, issue_date: date
) -> None:
    """Raise DatesRefusedError unless the period and the due date are in order."""
    if service_from > service_to:
        raise _refused("service_from", "The service ends before it begins.")
    if payment_due_date < issue_date:
        raise _refused("payment_due_date", "The payment is due before the document is issued.")


def _refused(field: str, message: str) -> DatesRefusedError:
    return DatesRefusedError(
        message,
        field=field,
        explanation="ARCA no acepta las fechas de esta factura. Avisanos y la corregimos.",
    )
