"""Types of tasks that do nothing, known to the workers of the benchmarks alone."""

from domain.operations.task_type import TaskTypes, Tier, declare

NOOP = declare("bench:noop", Tier.REALTIME, number=int)
CHORE = declare("bench:chore", Tier.BACKGROUND, number=int)
LONG = declare("bench:long", Tier.BATCH, number=int)
"""Takes a tenth of a second, so that a backlog of it stays one."""

EFFORT = declare("bench:effort", Tier.REALTIME, number=int, marks=str)
"""Leaves a mark in a file and a row in the transaction that completes it."""

LONG_SECONDS = 0.1
BENCH_TYPES: TaskTypes = {kind.name: kind for kind in (NOOP, CHORE, LONG, EFFORT)}
