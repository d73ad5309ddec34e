"""Celery and BullMQ on Valkey, Procrastinate and River on Postgres: how each is run here."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.peers.installation import (
    SOURCES,
    build_river,
    install_node_peer,
    install_python_peers,
)
from benchmarks.peers.peer import Peer
from benchmarks.peers.program import ProgramPeer
from benchmarks.workshop import Workshop

BULLMQ_CONCURRENCY = 50
PROCRASTINATE_CONCURRENCY = 50
_CORES = os.cpu_count() or 1


@contextmanager
def open_celery(workshop: Workshop) -> Iterator[Peer]:
    programs = install_python_peers()
    with workshop.connect_valkey() as client:
        yield ProgramPeer(
            name="Celery",
            workshop=workshop,
            work=[str(programs / "celery"), "-A", "celery_tasks", "worker", "-l", "WARNING"],
            enqueue=[str(programs / "python"), "celery_tasks.py"],
            environment={"BENCH_REDIS_URL": workshop.valkey_url, "PYTHONPATH": str(SOURCES)},
            # One, which forks a child per core.
            processes=1,
            left=lambda: int(client.llen("celery")) + int(client.hlen("unacked")),
            directory=SOURCES,
        )


@contextmanager
def open_bullmq(workshop: Workshop) -> Iterator[Peer]:
    folder = install_node_peer("bullmq", "tasks.js")
    node = shutil.which("node") or "node"
    with workshop.connect_valkey() as client:
        yield ProgramPeer(
            name="BullMQ",
            workshop=workshop,
            work=[node, "tasks.js", "work"],
            enqueue=[node, "tasks.js"],
            environment={"BENCH_REDIS_PORT": str(workshop.valkey_port)},
            processes=_CORES,
            left=lambda: (
                int(client.llen("bull:benchmark:wait")) + int(client.llen("bull:benchmark:active"))
            ),
            directory=folder,
        )


@contextmanager
def open_procrastinate(workshop: Workshop) -> Iterator[Peer]:
    programs = install_python_peers()
    procrastinate = [str(programs / "procrastinate"), "--app", "procrastinate_tasks.app"]
    concurrency = str(PROCRASTINATE_CONCURRENCY)
    with workshop.database(is_migrated=False) as database:
        environment = {"BENCH_DATABASE_URL": database.owner_url, "PYTHONPATH": str(SOURCES)}
        _prepare([*procrastinate, "schema", "--apply"], environment, directory=SOURCES)
        with psycopg.connect(database.superuser_url, autocommit=True) as connection:
            yield ProgramPeer(
                name="Procrastinate",
                workshop=workshop,
                work=[*procrastinate, "worker", "--concurrency", concurrency],
                enqueue=[str(programs / "python"), "procrastinate_tasks.py"],
                environment=environment,
                processes=_CORES,
                left=lambda: _count(
                    connection,
                    b"SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')",
                ),
                directory=SOURCES,
            )


@contextmanager
def open_river(workshop: Workshop) -> Iterator[Peer]:
    program = str(build_river())
    with workshop.database(is_migrated=False) as database:
        environment = {"BENCH_DATABASE_URL": database.owner_url}
        _prepare([program, "migrate"], environment)
        with psycopg.connect(database.superuser_url, autocommit=True) as connection:
            yield ProgramPeer(
                name="River",
                workshop=workshop,
                work=[program, "work"],
                enqueue=[program],
                environment=environment,
                # One, which uses every core.
                processes=1,
                left=lambda: _count(
                    connection, b"SELECT count(*) FROM river_job WHERE finalized_at IS NULL"
                ),
            )


def _count(connection: psycopg.Connection, query: bytes) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _prepare(
    command: Sequence[str], environment: Mapping[str, str], *, directory: Path | None = None
) -> None:
    subprocess.run(  # noqa: S603  # the peer's program, with arguments of ours
        command,
        cwd=directory,
        env={"PATH": os.environ["PATH"], **environment},
        check=True,
        capture_output=True,
    )
