"""A fiscal series: the gapless numbers of one CUIT, point of sale and type of document.

A number is reserved before it is sent and stays bound to its invoice until ARCA's answer is
known. So only one invoice of a series is under way at a time, and nothing is numbered on a guess.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self

from domain.errors import AlreadyExistsError, ConflictError
from domain.identifiers import InvoiceId, OrganizationId
from domain.invoicing.comprobante_tipo import ComprobanteTipo

SHORTEST_WAIT = timedelta(seconds=3)
LONGEST_WAIT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesKey:
    """What names a series; unique over all organisations."""

    cuit: str
    punto_de_venta: int
    comprobante_tipo: ComprobanteTipo


class FiscalSeriesTakenError(AlreadyExistsError):
    """Another organisation numbers its invoices in this series."""

    reason = "FISCAL_SERIES_TAKEN"

    def __init__(self, key: SeriesKey) -> None:
        super().__init__(
            "Another organisation uses this CUIT and point of sale.",
            punto_de_venta=key.punto_de_venta,
            comprobante_tipo=int(key.comprobante_tipo),
        )


class FiscalSeriesBusyError(ConflictError):
    """Another invoice of the series is under way."""

    reason = "FISCAL_SERIES_BUSY"


@dataclass(frozen=True, slots=True)
class SeriesPosition:
    """How far ARCA says a series is; number 0 and no date while it is empty."""

    last_number: int
    last_issue_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalSeries:
    """What we know of a series. Each change is a new version."""

    key: SeriesKey
    organization_id: OrganizationId
    position: SeriesPosition | None = None
    """None: ARCA has to be asked before the next number is known."""
    in_flight_invoice_id: InvoiceId | None = None
    in_flight_since: datetime | None = None
    """When its number was reserved."""
    foreign_writer_at: datetime | None = None
    """When a document was last found that somebody else wrote into the series."""
    version: int = 1

    def wait_seconds(self, now: datetime) -> float:
        """Return when to ask again for a series that is busy: the longer it is, the later.

        A thousand invoices may wait for one whose outcome is unknown for hours.
        """
        busy = now - (self.in_flight_since or now)
        return min(max(busy, SHORTEST_WAIT), LONGEST_WAIT).total_seconds()

    def reserve(self, invoice_id: InvoiceId, at: datetime) -> Self:
        """Bind the next number to an invoice; raise FiscalSeriesBusyError."""
        if self.in_flight_invoice_id not in (None, invoice_id):
            raise FiscalSeriesBusyError("Another invoice of this series is under way.")
        return replace(
            self,
            version=self.version + 1,
            in_flight_invoice_id=invoice_id,
            in_flight_since=at,
        )

    def release(self) -> Self:
        """Give the reserved number back: ARCA refused it for certain."""
        return replace(
            self, version=self.version + 1, in_flight_invoice_id=None, in_flight_since=None
        )

    def confirm(self, number: int, issue_date: date) -> Self:
        """Record that ARCA authorised the reserved number."""
        return replace(
            self,
            version=self.version + 1,
            in_flight_invoice_id=None,
            in_flight_since=None,
            position=SeriesPosition(number, issue_date),
        )

    def learn(self, position: SeriesPosition) -> Self:
        """Take over what ARCA says about the series."""
        return replace(self, version=self.version + 1, position=position)

    def meet_foreign_writer(self, at: datetime) -> Self:
        """Note that somebody else writes into the series."""
        return replace(self, version=self.version + 1, foreign_writer_at=at)
