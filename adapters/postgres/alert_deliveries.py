"""Deliveries of alerts in Postgres: each is taken by one keeper at a time and tried until told."""

from collections.abc import Collection, Mapping, Sequence

from psycopg.rows import TupleRow

from adapters.postgres.pools import Pool, connection_from
from domain.alerts import Notice, Severity

# What was told a day ago and nobody could deliver is no news any more.
_GIVE_UP_AFTER = "interval '1 day'"

_PREPARE = f"""
INSERT INTO alert_deliveries (key, told_count, sender, severity, text, told_at)
SELECT key, told_count, sender, severity, text, told_at
FROM alerts, unnest(%(senders)s::text[]) AS sender
WHERE told_at > now() - {_GIVE_UP_AFTER}
ON CONFLICT DO NOTHING
"""

# Until its next try nobody else takes a delivery: longer than a sender may take.
_TAKE = """
UPDATE alert_deliveries AS delivery SET attempt = delivery.attempt + 1,
  next_try_at = now() + LEAST(%(first_pause)s * 2 ^ delivery.attempt, 600) * interval '1 second'
FROM (
  SELECT key, told_count, sender FROM alert_deliveries
  WHERE state = 'pending' AND sender = ANY(%(senders)s::text[]) AND next_try_at <= now()
  ORDER BY next_try_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
) AS due
WHERE delivery.key = due.key AND delivery.told_count = due.told_count
  AND delivery.sender = due.sender
RETURNING delivery.key, delivery.told_count, delivery.sender, delivery.severity, delivery.text,
  delivery.told_at, delivery.attempt
"""

_WHICH = "key = %(key)s AND told_count = %(told_count)s AND sender = %(sender)s"

_DELIVERED = f"""
UPDATE alert_deliveries SET state = 'delivered', delivered_at = now(), last_error = NULL
WHERE {_WHICH} AND state = 'pending'
"""

_FAILED = f"""
UPDATE alert_deliveries SET last_error = %(error)s,
  state = CASE WHEN told_at < now() - {_GIVE_UP_AFTER} THEN 'given_up' ELSE 'pending' END
WHERE {_WHICH} AND state = 'pending' RETURNING state
"""

_FORGET = """
DELETE FROM alert_deliveries WHERE told_at < now() - interval '30 days'
"""

FIRST_PAUSE_SECONDS = 10.0


class PostgresAlertDeliveries:
    """The domain's AlertDeliveries as the system role."""

    def __init__(self, pool: Pool, *, first_pause_seconds: float = FIRST_PAUSE_SECONDS) -> None:
        self._pool = pool
        self._first_pause_seconds = first_pause_seconds

    async def take(self, senders: Collection[str], *, limit: int) -> Sequence[Notice]:
        bound = {
            "senders": list(senders),
            "limit": limit,
            "first_pause": self._first_pause_seconds,
        }
        async with connection_from(self._pool) as connection:
            await connection.execute(_PREPARE.encode(), bound)
            rows = await (await connection.execute(_TAKE, bound)).fetchall()
        return [_to_notice(row) for row in rows]

    async def delivered(self, notice: Notice) -> None:
        await self._rows(_DELIVERED, _key(notice))

    async def failed(self, notice: Notice, error: str) -> bool:
        rows = await self._rows(_FAILED, {**_key(notice), "error": error})
        return any(row[0] == "pending" for row in rows)

    async def forget(self) -> int:
        async with connection_from(self._pool) as connection:
            return (await connection.execute(_FORGET)).rowcount

    async def _rows(self, query: str, bound: Mapping[str, object]) -> Sequence[TupleRow]:
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(query.encode(), bound)
            return await cursor.fetchall() if cursor.description else []


def _to_notice(row: TupleRow) -> Notice:
    key, told_count, sender, severity, text, told_at, attempt = row
    return Notice(
        id=f"{key}#{told_count}",
        key=key,
        severity=Severity(severity),
        text=text,
        told_at=told_at,
        attempt=attempt,
        sender=sender,
    )


def _key(notice: Notice) -> Mapping[str, object]:
    _, _, told_count = notice.id.rpartition("#")
    return {"key": notice.key, "told_count": int(told_count), "sender": notice.sender}
