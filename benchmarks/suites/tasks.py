"""How many tasks a second go through the ledger, and what each costs in which program."""

from collections.abc import Mapping

from benchmarks.figures import Figure, Findings
from benchmarks.noop_tasks import NOOP
from benchmarks.peers.dramatiq_alone import open_dramatiq
from benchmarks.peers.throughput import WARM_UP, Throughput, measure_throughput
from benchmarks.suite import Suite
from benchmarks.task_platform import parts, task_platform
from benchmarks.workshop import CpuMeter, Workshop, frozen
from domain.operations.task_type import Tier

COUNT = 15_000
WORKERS = 2
CONCURRENCY = 100


async def measure(workshop: Workshop) -> Findings:
    workshop.empty_valkey()
    ours = await measure_ours(workshop)
    workshop.empty_valkey()
    with open_dramatiq(workshop) as peer:
        theirs = await measure_throughput(workshop, peer, COUNT)
    return Findings(
        figures=[
            Figure(
                name="no-op tasks, claim to done, durable",
                value=ours.per_second,
                unit="/s",
                at_least=1500,
            ),
            Figure(name="Dramatiq alone, not durable", value=theirs.per_second, unit="/s"),
            Figure(
                name="ours, of Dramatiq alone",
                value=ours.per_second / theirs.per_second,
                at_least=0.35,
            ),
            *_cpu("ours", ours.cpu_microseconds),
            *_cpu("Dramatiq alone", theirs.cpu_microseconds),
        ]
    )


def _cpu(whose: str, cpu: Mapping[str, float]) -> list[Figure]:
    return [
        Figure(name=f"CPU per task, {whose}: {name}", value=used, unit="µs")
        for name, used in (*cpu.items(), ("all", sum(cpu.values())))
    ]


async def measure_ours(workshop: Workshop, count: int = COUNT) -> Throughput:
    """Lay tasks out in the ledger before a frozen keeper, and let it bring them to workers."""
    with task_platform(workshop) as platform:
        keeper = platform.start_keeper()
        workers = [
            platform.start_worker(Tier.REALTIME, concurrency=CONCURRENCY) for _ in range(WORKERS)
        ]
        await platform.lay_out(NOOP, WARM_UP)
        platform.wait_until_idle(within_seconds=60)
        with frozen([keeper]):
            await platform.lay_out(NOOP, count)
            began = platform.now()
            meter = CpuMeter(parts(workshop, workers, keeper))
        platform.wait_until_idle(within_seconds=300)
        cpu = meter.used()
        done, seconds = platform.span_since(began)
    if done != count:
        raise RuntimeError(f"Of {count} tasks {done} were done.")
    return Throughput(
        per_second=count / seconds,
        cpu_microseconds={name: used / count * 1e6 for name, used in cpu.items()},
    )


SUITE = Suite(
    name="tasks",
    title="Tasks from claim to done",
    method=(
        f"{COUNT:,} tasks wait in the ledger (synchronous_commit and fsync on); the keeper is let"
        f" loose and brings them to {WORKERS} worker processes with"
        f" CAMPOTECH_TASK_CONCURRENCY={CONCURRENCY}. The rate is from the first claim to the last"
        f" completion, by the ledger's own clock. Then stock Dramatiq, with its command line's"
        f" defaults, does as many messages that wait in the same Valkey."
    ),
    measure=measure,
)
