"""What ARCA has authorised, per series (issuer, point of sale, type), kept in SQLite."""

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sandbox.arca.findings import Finding
from sandbox.clock import ARGENTINA

_FILE = "arca.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vouchers (
    cuit INTEGER NOT NULL,
    point_of_sale INTEGER NOT NULL,
    voucher_type INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    voucher_date TEXT NOT NULL,
    document_type INTEGER NOT NULL,
    document_number INTEGER NOT NULL,
    currency TEXT NOT NULL,
    total TEXT NOT NULL,
    cae TEXT NOT NULL UNIQUE,
    cae_due TEXT NOT NULL,
    processed_at TEXT NOT NULL,
    observations TEXT NOT NULL,
    request BLOB NOT NULL,
    PRIMARY KEY (cuit, point_of_sale, voucher_type, first_number)
) WITHOUT ROWID
"""
_COLUMNS = (
    "cuit, point_of_sale, voucher_type, first_number, last_number, voucher_date, document_type, "
    "document_number, currency, total, cae, cae_due, processed_at, observations, request"
)


@dataclass(frozen=True, slots=True, order=True)
class Series:
    cuit: int
    point_of_sale: int
    voucher_type: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised:
    series: Series
    first: int
    last: int
    date: str
    document_type: int
    document_number: int
    currency: str
    total: str
    cae: str
    cae_due: str
    processed_at: str
    observations: tuple[Finding, ...]
    # The record as it was sent.
    request: bytes

    def as_json(self) -> dict[str, object]:
        return {
            "cuit": self.series.cuit,
            "punto_de_venta": self.series.point_of_sale,
            "tipo": self.series.voucher_type,
            "numero_desde": self.first,
            "numero_hasta": self.last,
            "fecha": self.date,
            "doc_tipo": self.document_type,
            "doc_nro": self.document_number,
            "moneda": self.currency,
            "total": self.total,
            "cae": self.cae,
            "cae_vencimiento": self.cae_due,
            "procesado": self.processed_at,
            "observaciones": [
                {"code": finding.code, "msg": finding.text} for finding in self.observations
            ],
        }


class SeriesStore:
    def __init__(self, state_dir: Path | None) -> None:
        if state_dir is not None:
            state_dir.mkdir(parents=True, exist_ok=True)
        path = ":memory:" if state_dir is None else state_dir / _FILE
        # Every request is served by one event loop, in whichever thread that runs.
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        # Survives the end of the process; only the end of the machine could lose the newest.
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(_SCHEMA)

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make what is saved inside durable together."""
        self._database.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def newest(self, series: Series) -> Authorised | None:
        return self._one(series, "ORDER BY first_number DESC LIMIT 1")

    def find(self, series: Series, number: int) -> Authorised | None:
        return self._one(series, "AND ? BETWEEN first_number AND last_number", number)

    def save(self, voucher: Authorised) -> None:
        self._database.execute(
            f"INSERT INTO vouchers ({_COLUMNS}) "  # noqa: S608  # a constant, no input
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                voucher.series.cuit,
                voucher.series.point_of_sale,
                voucher.series.voucher_type,
                voucher.first,
                voucher.last,
                voucher.date,
                voucher.document_type,
                voucher.document_number,
                voucher.currency,
                voucher.total,
                voucher.cae,
                voucher.cae_due,
                voucher.processed_at,
                json.dumps([(finding.code, finding.text) for finding in voucher.observations]),
                voucher.request,
            ),
        )

    def unused_cae(self, now: datetime) -> str:
        """Return a CAE that was never given: 7, the year's last digit, the week, ten digits."""
        year, week, _ = now.astimezone(ARGENTINA).isocalendar()
        while True:
            cae = f"7{year % 10}{week:02d}{secrets.randbelow(10**10):010d}"
            taken = self._database.execute("SELECT 1 FROM vouchers WHERE cae = ?", (cae,))
            if taken.fetchone() is None:
                return cae

    def newest_first(self, *, cuit: int | None, limit: int) -> list[Authorised]:
        rows = self._database.execute(
            f"SELECT {_COLUMNS} FROM vouchers "  # noqa: S608  # a constant, no input
            "WHERE ?1 IS NULL OR cuit = ?1 "
            "ORDER BY processed_at DESC, point_of_sale, voucher_type, first_number DESC LIMIT ?2",
            (cuit, limit),
        )
        return [_authorised(row) for row in rows]

    def count(self) -> int:
        row = self._database.execute("SELECT count(*) FROM vouchers").fetchone()
        return int(row[0])

    def clear(self) -> None:
        self._database.execute("DELETE FROM vouchers")

    def _one(self, series: Series, condition: str, *values: int) -> Authorised | None:
        row = self._database.execute(
            f"SELECT {_COLUMNS} FROM vouchers "  # noqa: S608  # constants, no input
            f"WHERE cuit = ? AND point_of_sale = ? AND voucher_type = ? {condition}",
            (series.cuit, series.point_of_sale, series.voucher_type, *values),
        ).fetchone()
        return None if row is None else _authorised(row)


def _authorised(row: tuple[object, ...]) -> Authorised:
    cuit, point_of_sale, voucher_type, first, last, date, document_type, number = row[:8]
    currency, total, cae, cae_due, processed_at, observations, request = row[8:]
    return Authorised(
        series=Series(_int(cuit), _int(point_of_sale), _int(voucher_type)),
        first=_int(first),
        last=_int(last),
        date=str(date),
        document_type=_int(document_type),
        document_number=_int(number),
        currency=str(currency),
        total=str(total),
        cae=str(cae),
        cae_due=str(cae_due),
        processed_at=str(processed_at),
        observations=tuple(
            Finding(code, text, excludes=False) for code, text in json.loads(str(observations))
        ),
        request=request if isinstance(request, bytes) else b"",
    )


def _int(value: object) -> int:
    return int(str(value))
