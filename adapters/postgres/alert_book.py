"""Alerts in Postgres: a row per key decides which process tells it, whatever Redis forgets."""

from collections.abc import Collection, Mapping, Sequence

from psycopg.rows import TupleRow

from adapters.postgres.pools import Pool
from adapters.postgres.reads import read_rows
from domain.alerts import Alert
from domain.identifiers import PLATFORM_ORGANIZATION_ID

_IS_TOLD = """(known.quiet_until <= now()
    OR (known.severity = 'warning' AND excluded.severity = 'urgent'))"""
# One that is quiet yet is opened again without a word, and its severity stays what was told.
# Whoever is to tell it hears so.
_ALERT = f"""
INSERT INTO alerts AS known (organization_id, key, severity, text, quiet_until)
VALUES (%(organization_id)s::uuid, %(key)s, %(severity)s, %(text)s, now() + %(once_per)s)
ON CONFLICT (organization_id, key) DO UPDATE SET closed_at = NULL, text = excluded.text,
  severity = CASE WHEN {_IS_TOLD} THEN excluded.severity ELSE known.severity END,
  told_count = known.told_count + CASE WHEN {_IS_TOLD} THEN 1 ELSE 0 END,
  told_at = CASE WHEN {_IS_TOLD} THEN now() ELSE known.told_at END,
  quiet_until = CASE WHEN {_IS_TOLD} THEN excluded.quiet_until ELSE known.quiet_until END
WHERE {_IS_TOLD} OR known.closed_at IS NOT NULL
RETURNING told_at = now()
"""

_RECOVER = """
UPDATE alerts SET closed_at = now()
WHERE organization_id = %(organization_id)s::uuid AND key = ANY(%(keys)s::text[])
  AND closed_at IS NULL
RETURNING key
"""

_OPEN = """
SELECT key FROM alerts
WHERE organization_id = %(organization_id)s::uuid AND starts_with(key, %(prefix)s)
  AND closed_at IS NULL
"""


class PostgresAlertBook:
    """The domain's AlertBook; its rows are the platform's own."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def alert(self, alert: Alert) -> bool:
        rows = await self._rows(
            _ALERT,
            {
                "key": alert.key,
                "severity": alert.severity.value,
                "text": alert.text,
                "once_per": alert.once_per,
            },
        )
        return any(is_told for (is_told,) in rows)

    async def recover(self, keys: Collection[str]) -> Sequence[str]:
        return [str(row[0]) for row in await self._rows(_RECOVER, {"keys": list(keys)})]

    async def open_keys(self, family: str) -> frozenset[str]:
        rows = await self._rows(_OPEN, {"prefix": f"{family}:"})
        return frozenset(str(row[0]) for row in rows)

    async def _rows(self, query: str, bound: Mapping[str, object]) -> Sequence[TupleRow]:
        return await read_rows(self._pool, PLATFORM_ORGANIZATION_ID, query, bound)
