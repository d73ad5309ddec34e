import pytest

from domain.errors import InvalidInputError
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from tests.support.builders import a_context
from workers.actors.maintain_partitions import maintain_partitions
from workers.task_run import TaskRun


class NotedPartitions:
    def __init__(self) -> None:
        self.done: list[str] = []

    async def make_due(self) -> list[str]:
        self.done.append("make")
        return ["jobs_2026_12_01"]

    async def drop_past(self) -> list[str]:
        self.done.append("drop")
        return []


def a_run(job: str) -> TaskRun:
    return TaskRun(
        organization_id=PLATFORM_ORGANIZATION_ID,
        type="partitions:maintain",
        payload={"job": job},
        context=a_context(PLATFORM_ORGANIZATION_ID),
    )


@pytest.mark.parametrize("job", ["make", "drop"])
async def test_a_task_does_the_one_job_it_names(job: str) -> None:
    partitions = NotedPartitions()

    await maintain_partitions(partitions)(a_run(job))

    assert partitions.done == [job]


async def test_a_job_that_is_not_known_is_refused_for_good() -> None:
    with pytest.raises(InvalidInputError):
        await maintain_partitions(NotedPartitions())(a_run("truncate"))
