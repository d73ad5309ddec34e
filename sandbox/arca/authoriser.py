"""FECAESolicitar: a batch of records against the series they want to continue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from lxml import etree

from sandbox.arca.catalogue import CLASS_OF, MIPYME
from sandbox.arca.fields import Fields
from sandbox.arca.findings import Circumstances, Finding, parse_date
from sandbox.arca.rules import findings_of
from sandbox.arca.series import Authorised, Series, SeriesStore
from sandbox.arca.voucher import Associated, Voucher
from sandbox.behaviour import Controls
from sandbox.clock import ARGENTINA, Clock

_LARGEST_COUNT = 9998
_LARGEST_POINT_OF_SALE = 99_998
_CAE_LIFETIME = timedelta(days=10)
OUT_OF_SEQUENCE = Finding(
    10016,
    "El numero o fecha del comprobante no se corresponde con el proximo a autorizar. "
    "Consultar metodo FECompUltimoAutorizado.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of one record; without a CAE it was rejected."""

    voucher: Voucher
    findings: tuple[Finding, ...] = ()
    authorised: Authorised | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDecision:
    series: Series
    processed_at: datetime
    count: int
    errors: tuple[Finding, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def result(self) -> str:
        approved = sum(decision.authorised is not None for decision in self.decisions)
        if not approved:
            return "R"
        return "A" if approved == len(self.decisions) else "P"

    def codes(self) -> list[int]:
        """Return every code that the answer holds."""
        of_records = {finding.code for one in self.decisions for finding in one.findings}
        return sorted(of_records | {finding.code for finding in self.errors})


class Authoriser:
    def __init__(self, store: SeriesStore, controls: Controls, clock: Clock) -> None:
        self._store = store
        self._controls = controls
        self._clock = clock

    def decide(self, cuit: int, request: Fields) -> BatchDecision:
        """Authorise what can be; raise UnreadableNumberError before anything is."""
        header = request.child("FeCabReq")
        records = list(request.children("FeDetReq/FECAEDetRequest"))
        batch = BatchDecision(
            series=Series(cuit, header.integer("PtoVta"), header.integer("CbteTipo")),
            processed_at=self._clock(),
            count=header.integer("CantReg"),
        )
        refused = self._header_error(batch, len(records))
        if refused is not None:
            return replace(batch, errors=(refused,))
        vouchers = [Voucher.read(batch.series.voucher_type, record) for record in records]
        with self._store.batch():
            return self._decide_all(batch, list(zip(vouchers, records, strict=True)))

    def _header_error(self, batch: BatchDecision, records: int) -> Finding | None:
        voucher_type = batch.series.voucher_type
        largest = 1 if voucher_type in MIPYME else self._controls.arca.records_per_request
        for refused, finding in (
            (
                not 1 <= batch.count <= _LARGEST_COUNT,
                Finding(10001, "Campo CantReg debe estar comprendido entre 1 y 9998."),
            ),
            (
                batch.count != records,
                Finding(
                    10002,
                    "Campo CantReg debe ser igual a lo informado en detalle. "
                    f"Informado: {batch.count}, Enviado:{records}",
                ),
            ),
            (
                records > largest,
                Finding(10003, "Supera la cantidad maxima. Consultar metodo FECompTotXRequest."),
            ),
            (
                not 1 <= batch.series.point_of_sale <= _LARGEST_POINT_OF_SALE,
                Finding(10004, "Campo PtoVta debe estar comprendido entre 1 y 99998."),
            ),
            (voucher_type <= 0, Finding(10006, "Campo CbteTipo debe ser mayor a 0.")),
            (
                voucher_type not in CLASS_OF,
                Finding(10007, "Campo CbteTipo invalido. Consultar metodo FEParamGetTiposCbte."),
            ),
        ):
            if refused:
                return finding
        return None

    def _decide_all(
        self, batch: BatchDecision, records: Sequence[tuple[Voucher, Fields]]
    ) -> BatchDecision:
        decisions: list[Decision] = []
        errors: tuple[Finding, ...] = ()
        for voucher, record in records:
            if decisions and decisions[-1].authorised is None:
                # After the first rejection the rest is rejected unseen.
                decisions.append(Decision(voucher=voucher))
                continue
            dated = self._with_date(voucher, batch.processed_at)
            if self._is_next(batch.series, dated):
                decisions.append(self._decide(batch, dated, record))
            else:
                errors = (OUT_OF_SEQUENCE,)
                decisions.append(Decision(voucher=dated))
        return replace(batch, errors=errors, decisions=tuple(decisions))

    def _with_date(self, voucher: Voucher, now: datetime) -> Voucher:
        today = now.astimezone(ARGENTINA)
        return replace(voucher, date=voucher.date or f"{today:%Y%m%d}")

    def _is_next(self, series: Series, voucher: Voucher) -> bool:
        newest = self._store.newest(series)
        if newest is None:
            return voucher.first == 1
        return voucher.first == newest.last + 1 and (
            parse_date(voucher.date) is None or voucher.date >= newest.date
        )

    def _decide(self, batch: BatchDecision, voucher: Voucher, record: Fields) -> Decision:
        findings = findings_of(voucher, self._circumstances(batch))
        excluding = tuple(finding for finding in findings if finding.excludes)
        if excluding:
            return Decision(voucher=voucher, findings=excluding)
        authorised = self._authorise(batch, voucher, record, findings=findings)
        return Decision(voucher=voucher, findings=findings, authorised=authorised)

    def _authorise(
        self,
        batch: BatchDecision,
        voucher: Voucher,
        record: Fields,
        *,
        findings: tuple[Finding, ...],
    ) -> Authorised:
        issued = parse_date(voucher.date)
        if issued is None:
            raise AssertionError("A record without a date passed the rule of dates.")
        authorised = Authorised(
            series=batch.series,
            first=voucher.first,
            last=voucher.last,
            date=voucher.date,
            document_type=voucher.document_type,
            document_number=voucher.document_number,
            currency=voucher.currency,
            total=f"{voucher.amounts.total:.2f}",
            cae=self._store.unused_cae(batch.processed_at),
            cae_due=f"{issued + _CAE_LIFETIME:%Y%m%d}",
            processed_at=f"{batch.processed_at.astimezone(ARGENTINA):%Y%m%d%H%M%S}",
            observations=findings,
            request=b"" if record.element is None else etree.tostring(record.element),
        )
        self._store.save(authorised)
        return authorised

    def _circumstances(self, batch: BatchDecision) -> Circumstances:
        arca = self._controls.arca
        return Circumstances(
            issuer=batch.series.cuit,
            today=batch.processed_at.astimezone(ARGENTINA).date(),
            vat_condition_required=arca.vat_condition_required,
            identification_threshold=arca.identification_threshold,
            total_of=lambda associated: self._total_of(batch.series.cuit, associated),
        )

    def _total_of(self, cuit: int, associated: Associated) -> Decimal | None:
        series = Series(cuit, associated.point_of_sale, associated.type)
        found = self._store.find(series, associated.number)
        return None if found is None else Decimal(found.total)
