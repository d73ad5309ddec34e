"""Types of tasks that exist in tests only; no process of ours knows them unless it is told."""

from dataclasses import replace

from domain.operations.task_type import TaskTypes, Tier, declare

NOTE = declare("test:note", Tier.REALTIME, note=str)
CHORE = declare("test:chore", Tier.BACKGROUND, note=str)
LONG = declare("test:long", Tier.BATCH, note=str)
IMPATIENT = replace(
    declare("test:impatient", Tier.REALTIME, note=str), max_attempts=2, first_backoff_seconds=0.01
)
ORPHAN = declare("test:orphan", Tier.REALTIME, note=str)
"""A type that nobody has a handler for."""

TEST_TYPES: TaskTypes = {kind.name: kind for kind in (NOTE, CHORE, LONG, IMPATIENT, ORPHAN)}
