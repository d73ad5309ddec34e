"""How many messages of each tier may wait in Redis; the rest of a backlog waits in the ledger.

Order is decided when a task leaves the ledger, so the window is what an urgent task may have to
wait behind: short for tasks that take long, long enough that workers never run dry between two
looks of the relay.
"""

from collections.abc import Mapping

from domain.operations.task_type import Tier

WINDOWS: Mapping[Tier, int] = {Tier.REALTIME: 400, Tier.BACKGROUND: 200, Tier.BATCH: 40}
