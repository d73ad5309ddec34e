"""Types of tasks that exist in tests only; no process of ours knows them unless it is told."""

from dataclasses import replace

from domain.operations.task_type import TaskTypes, Tier, declare

NOTE = declare("test:note", Tier.REALTIME, note=str)
CHORE = declare("test:chore", Tier.BACKGROUND, note=str)
LONG = declare("test:long", Tier.BATCH, note=str)
HELD = declare("test:held", Tier.REALTIME, note=str)
"""Runs until a test releases its note."""
DEADLY = declare("test:deadly", Tier.REALTIME, note=str)
"""Kills its worker."""
IMPATIENT = replace(
    declare("test:impatient", Tier.REALTIME, note=str), max_attempts=2, first_backoff_seconds=0.01
)
"""Fails, and is soon given up."""
DEAF = replace(declare("test:deaf", Tier.REALTIME, note=str), time_limit_seconds=0.5)
"""Has little time, and does not end when it is stopped."""
SLOW = replace(
    declare("test:slow", Tier.REALTIME, note=str),
    time_limit_seconds=0.5,
    first_backoff_seconds=0.01,
)
"""Has little time, and takes longer at its first attempt."""
ORPHAN = declare("test:orphan", Tier.REALTIME, note=str)
"""Has no handler anywhere."""

TEST_TYPES: TaskTypes = {
    kind.name: kind for kind in (NOTE, CHORE, LONG, HELD, DEADLY, IMPATIENT, DEAF, SLOW, ORPHAN)
}
