"""Fixtures for every test, a fresh migrated database and an empty Valkey; and how tests are run."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.support.servers import (
    Database,
    DatabaseServer,
    RunningValkey,
    running_pgbouncer,
    running_postgres,
    running_valkey,
)

E2E = "tests/e2e/"
CHAOS = "tests/chaos/"
FUZZ = "tests/chaos/fuzz/"
MILLION = "tests/chaos/test_tenants.py"
THROUGH_PGBOUNCER = "--through-pgbouncer"
USERS_OF_A_DATABASE = frozenset({"database", "postgres_server", "platform"})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        THROUGH_PGBOUNCER,
        action="store_true",
        help="let the app's address of every test's database pass through a real PgBouncer",
    )
    group = parser.getgroup("fuzz", "requests that are made up from the contract")
    group.addoption("--fuzz-seed", type=int, default=0, help="another seed, other requests")
    group.addoption("--fuzz-requests", type=int, default=2000, help="per method, in tests/chaos")


@pytest.fixture(scope="session")
def fuzz_seed(pytestconfig: pytest.Config) -> int:
    """Return which requests are made up: the same seed brings the same ones."""
    return int(pytestconfig.getoption("--fuzz-seed"))


@pytest.fixture(scope="session")
def fuzz_requests(pytestconfig: pytest.Config) -> int:
    """Return how many requests each method is sent."""
    return int(pytestconfig.getoption("--fuzz-requests"))


@pytest.fixture(scope="session")
def postgres_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DatabaseServer]:
    """Yield one Postgres for the whole run; a test that stops a server starts one of its own."""
    folder = tmp_path_factory.mktemp("postgres")
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres(folder))
        bouncer = None
        if request.config.getoption(THROUGH_PGBOUNCER):
            bouncer = stack.enter_context(running_pgbouncer(postgres, folder))
        yield DatabaseServer(postgres, bouncer)


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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the tests that use the platform in the loop which watches over it."""
    in_the_platforms_loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if isinstance(item, pytest.Function) and "platform" in item.fixturenames:
            item.add_marker(in_the_platforms_loop, append=False)
    if config.getoption(THROUGH_PGBOUNCER):
        _leave_out(config, items, [item for item in items if not _can_pass_through(item)])


def _can_pass_through(item: pytest.Item) -> bool:
    """Return whether a test uses a database, by an address that may be another one."""
    return (
        isinstance(item, pytest.Function)
        and not USERS_OF_A_DATABASE.isdisjoint(item.fixturenames)
        and item.get_closest_marker("direct") is None
    )


def _leave_out(
    config: pytest.Config, items: list[pytest.Item], unwanted: list[pytest.Item]
) -> None:
    config.hook.pytest_deselected(items=unwanted)
    items[:] = [item for item in items if item not in set(unwanted)]


class FilesTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a process whole files, for the servers they start, and all of e2e, for its platform.

    What sends made-up requests takes long and needs one server, whichever: it is dealt out. What
    breaks things measures how long they take to come back: one after the other, by themselves but
    for the million, which is modest.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(FUZZ):
            return nodeid
        path = nodeid.partition("::")[0]
        if path.startswith(CHAOS) and path != MILLION:
            return CHAOS
        return E2E if path.startswith(E2E) else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesTogether:
    return FilesTogether(config, log)
