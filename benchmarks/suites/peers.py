"""The same arrival on other queues, in the same run."""

from collections.abc import Sequence

from benchmarks.figures import Figure, Findings
from benchmarks.peers.dramatiq_alone import open_dramatiq
from benchmarks.peers.others import open_bullmq, open_celery, open_procrastinate, open_river
from benchmarks.peers.peer import OpenPeer, PeerMissingError
from benchmarks.peers.throughput import Throughput, measure_throughput
from benchmarks.suite import Suite
from benchmarks.suites.tasks import CONCURRENCY, WORKERS, measure_ours
from benchmarks.workshop import Workshop

COUNT = 3_000
PEERS: Sequence[tuple[str, OpenPeer]] = (
    ("Dramatiq", open_dramatiq),
    ("Celery", open_celery),
    ("BullMQ", open_bullmq),
    ("Procrastinate", open_procrastinate),
    ("River", open_river),
)


async def measure(workshop: Workshop) -> Findings:
    workshop.empty_valkey()
    figures = _figures("ours", await measure_ours(workshop, COUNT))
    notes = []
    for name, open_peer in PEERS:
        workshop.empty_valkey()
        try:
            with open_peer(workshop) as peer:
                figures += _figures(name, await measure_throughput(workshop, peer, COUNT))
        except PeerMissingError as error:
            notes.append(f"{name} was skipped: {error}")
    return Findings(figures=figures, notes=notes)


def _figures(name: str, throughput: Throughput) -> list[Figure]:
    cpu = sum(throughput.cpu_microseconds.values())
    return [
        Figure(name=f"{name}: no-op tasks", value=throughput.per_second, unit="/s"),
        Figure(name=f"{name}: CPU per task, all programs", value=cpu, unit="µs"),
    ]


SUITE = Suite(
    name="peers",
    title="The same arrival on other queues",
    method=(
        f"{COUNT:,} tasks that do nothing are laid out before frozen workers, which are then let"
        f" loose, on the same Postgres and Valkey. Ours: {WORKERS} processes,"
        f" CAMPOTECH_TASK_CONCURRENCY={CONCURRENCY}. Dramatiq and Celery: their command lines'"
        f" defaults, a process per core. BullMQ: a process per core with concurrency 50."
        f" Procrastinate: the same, 50. River: one process, 100 workers. Ours, Procrastinate and"
        f" River are durable; the others hold their tasks in memory."
    ),
    measure=measure,
)
