"""Finding the next tasks costs the same however many wait, and of however many organisations.

Shown as the system role, with one organisation that has flooded a tier and thousands beside it.
"""

from collections.abc import Mapping

import psycopg
import pytest
from psycopg import ClientCursor

from adapters.postgres.task_keeping import EXPIRE
from adapters.postgres.task_turns import ABOVE_ALL, TAKE_TURNS
from domain.operations.error_fingerprint import DEADLINE_EXCEEDED
from domain.operations.task_type import Tier
from tests.support.builders import an_organization_id
from tests.support.servers import Database

FLOOD, ORGANIZATIONS, TYPES = 100_000, 2_000, 3
LIMIT, STEPS = 40, 90
FILL = """
INSERT INTO tasks (organization_id, id, created_at, type, tier, state, priority, run_at,
  idempotency_key, payload, max_attempts, actor, correlation_id, pushed_at, deadline)
SELECT COALESCE(owner, ('00000000-0000-7000-9000-' || lpad(to_hex(n %% 2000), 12, '0'))::uuid),
  id, uuid_extract_timestamp(id), 'test:type-' || n / 2000 %% 3, 'batch', 'ready', n %% 2,
  uuid_extract_timestamp(id), n::text, '{}', 3, 'test', 'test', pushed_at,
  now() + interval '1 hour'
FROM generate_series(1, %(count)s) AS n, LATERAL (SELECT uuidv7(n * interval '-1 ms') AS id) AS new,
  (SELECT %(owner)s::uuid AS owner, %(pushed_at)s::timestamptz AS pushed_at) AS particular
"""
TOUCHED = """
SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'tasks'
"""


@pytest.fixture
def crowded(database: Database) -> Database:
    groups: list[Mapping[str, object]] = [
        {"count": FLOOD, "owner": an_organization_id(), "pushed_at": None},
        {"count": ORGANIZATIONS * TYPES, "owner": None, "pushed_at": None},
        {"count": LIMIT, "owner": an_organization_id(), "pushed_at": "2026-01-01"},
    ]
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for group in groups:
            connection.execute(FILL, group)
    return database


def rows_touched(
    database: Database, query: str, parameters: Mapping[str, object]
) -> tuple[int, int]:
    """Return how many rows a statement read by scanning tables, and how many by an index."""
    with psycopg.connect(database.system_url, cursor_factory=ClientCursor) as connection:
        connection.execute(query.encode(), parameters)
        row = connection.execute(TOUCHED).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


@pytest.mark.parametrize("is_analyzed", [True, False], ids=["analyzed", "never analyzed"])
@pytest.mark.parametrize(
    ("after", "after_type"),
    [
        ("00000000-0000-0000-0000-000000000000", ""),
        ("00000000-0000-7000-9000-0000000003e8", "test:type-1"),
        ("ffffffff-0000-7000-9000-000000000000", ""),
    ],
    ids=["from the start", "from the middle", "round the end"],
)
def test_the_next_turns_are_found_by_index_in_bounded_steps(
    crowded: Database, after: str, after_type: str, *, is_analyzed: bool
) -> None:
    if is_analyzed:
        with psycopg.connect(crowded.superuser_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE tasks")

    scanned, fetched = rows_touched(
        crowded,
        TAKE_TURNS,
        {
            "tier": Tier.BATCH.value,
            "below": ABOVE_ALL,
            "room": LIMIT,
            "steps": STEPS,
            "after": after,
            "after_type": after_type,
            "spared": 0,
        },
    )

    assert scanned == 0
    assert 0 < fetched < 1_000


def test_what_has_expired_is_found_by_index(crowded: Database) -> None:
    with psycopg.connect(crowded.superuser_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE tasks")

    scanned, fetched = rows_touched(
        crowded,
        EXPIRE,
        {"limit": LIMIT, "error": DEADLINE_EXCEEDED, "cause": f"\n{DEADLINE_EXCEEDED}"},
    )

    assert scanned == 0
    assert fetched < 10
