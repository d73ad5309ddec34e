"""Every connection to the database of ours notices when the machine at its other end is gone."""

import ast
from collections.abc import Iterator

from tests.architecture.repository import our_modules, parsed, relative

PACKAGES = ("adapters", "cli", "db", "server", "web", "workers")
CONNECTING = {
    "psycopg.connect",
    "psycopg.AsyncConnection.connect",
    "AsyncConnection.connect",
    "Connection.connect",
}
POOLS = {"AsyncConnectionPool", "ConnectionPool", "psycopg_pool.AsyncConnectionPool"}


def connections(module: ast.Module) -> Iterator[ast.Call]:
    """Find what connects; a class of psycopg's may have parameters in brackets."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).partition("[")[0]
            if called in CONNECTING | POOLS:
                yield node


def is_watchful(connection: ast.Call) -> bool:
    return bool(connection.args) and ast.unparse(connection.args[0]).startswith("watchful(")


def test_whatever_connects_to_the_database_does_so_watchfully() -> None:
    found = [
        (f"{relative(module)}:{connection.lineno}", is_watchful(connection))
        for module in our_modules(*PACKAGES)
        for connection in connections(parsed(module))
    ]

    assert len(found) >= 7
    assert [place for place, is_so in found if not is_so] == []
