"""What tasks died of, over all organisations."""

from collections.abc import Sequence

from adapters.postgres.pools import Pool, connection_from
from domain.operations.operator_alerts import DeadCause

# An error's record begins with its kind; what comes after the colon may name people.
_CAUSES = """
SELECT type, error_fingerprint, count(*),
  max(split_part(attempts -> -1 ->> 'error', ':', 1))
FROM tasks WHERE state = 'dead' AND error_fingerprint IS NOT NULL
GROUP BY type, error_fingerprint ORDER BY max(finished_at) DESC LIMIT %(limit)s
"""


class PostgresDeadCauses:
    """Read as the system role."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def dead_causes(self, limit: int) -> Sequence[DeadCause]:
        """Return the causes, the newest death first; raise TemporaryError."""
        async with connection_from(self._pool) as connection:
            rows = await (await connection.execute(_CAUSES, {"limit": limit})).fetchall()
        return [
            DeadCause(type=kind, error_fingerprint=fingerprint, tasks=tasks, reason=reason or "")
            for kind, fingerprint, tasks, reason in rows
        ]
