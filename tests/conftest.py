"""Fixtures for every test: a fresh migrated database, an empty Valkey."""

from collections.abc import Iterator

import pytest

from tests.support.servers import (
    Database,
    DatabaseServer,
    RunningValkey,
    running_postgres,
    running_valkey,
)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """Yield one Postgres for the whole run; a test that stops a server starts one of its own."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as postgres:
        yield DatabaseServer(postgres)


@pytest.fixture
def database(postgres_server: DatabaseServer) -> Iterator[Database]:
    """Yield a database of this test's own, with the newest schema and no rows."""
    with postgres_server.migrated_database() as fresh:
        yield fresh


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningValkey]:
    """Yield one Valkey for the whole run; a test that stops a server starts one of its own."""
    with running_valkey(tmp_path_factory.mktemp("valkey")) as running:
        yield running


@pytest.fixture
def valkey_url(valkey_server: RunningValkey) -> str:
    """Return the address of a Valkey with nothing in it."""
    with valkey_server.valkey.connect() as client:
        client.flushall()
    return valkey_server.valkey.url()
