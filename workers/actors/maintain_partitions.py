"""`partitions:maintain`: make the partitions that are due, or drop those past keeping."""

import structlog

from domain.errors import InvalidInputError
from domain.operations.partitions import Partitions
from workers.task_run import Handler, TaskRun

_log = structlog.get_logger(__name__)


def maintain_partitions(partitions: Partitions) -> Handler:
    """Return the handler; its payload is `job`, which is `make` or `drop`."""
    jobs = {"make": partitions.make_due, "drop": partitions.drop_past}

    async def handle(run: TaskRun) -> None:
        job = str(run.payload.get("job"))
        if job not in jobs:
            raise InvalidInputError(
                f"Nothing called {job} is done with partitions.", field="payload.job"
            )
        names = await jobs[job]()
        if names:
            _log.info("partitions_maintained", job=job, names=list(names))

    return handle
