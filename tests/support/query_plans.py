"""What Postgres did for a query, as the app role of one organisation."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg
from psycopg import ClientCursor

from tests.support.servers import Database

Node = Mapping[str, Any]


def executed_scans(
    database: Database, organization_id: UUID, query: str, parameters: Mapping[str, object]
) -> list[Node]:
    """Return the scans of tables that really ran."""
    with psycopg.connect(database.app_url, cursor_factory=ClientCursor) as connection:
        connection.execute(
            "SELECT set_config('app.organization_id', %s, true)", [str(organization_id)]
        )
        bound = {**parameters, "organization_id": organization_id}
        row = connection.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {query}".encode(), bound
        ).fetchone()
    assert row is not None
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return [node for node in _nodes(plan[0]["Plan"]) if "Relation Name" in node]


def _nodes(node: Node) -> Iterator[Node]:
    if node["Actual Loops"] > 0:
        yield node
        for child in node.get("Plans", ()):
            yield from _nodes(child)
