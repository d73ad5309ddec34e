"""What every task ledger owes organisations that share a tier: fair turns."""

from domain.operations.ports import TaskToPush
from domain.operations.task import ReadyTask
from domain.operations.task_type import TaskType, Tier
from tests.contracts.task_ledger import TaskLedgerContract, an_old_organization_id
from tests.support.task_types import IMPATIENT, NOTE


class TaskTurnContract(TaskLedgerContract):
    """Subclasses give one ledger, as those of the contract it builds on."""

    async def flood(self, count: int, kind: TaskType = NOTE, **particular: int) -> list[ReadyTask]:
        """Add tasks of one organisation, the oldest first."""
        owner = an_old_organization_id()
        return [await self.added(kind, organization_id=owner, **particular) for _ in range(count)]

    async def take(self, limit: int) -> list[ReadyTask]:
        taken = await self.keeping.take_unpushed(Tier.REALTIME, limit)
        return [item.task for item in taken]

    async def test_organisations_take_turns_however_much_one_has_waiting(self) -> None:
        first, second, *_ = await self.flood(10)
        (other,) = await self.flood(1)

        assert await self.take(3) == [first, other, second]

    async def test_the_oldest_of_those_whose_turn_it_is_goes_first(self) -> None:
        alone = [(await self.flood(1))[0] for _ in range(5)]

        assert await self.take(5) == alone

    async def test_what_is_in_the_broker_already_is_turns_an_organisation_has_had(self) -> None:
        flood = await self.flood(4)
        before = await self.take(2)
        others = await self.flood(2)

        assert before == flood[:2]
        assert await self.take(4) == [*others, *flood[2:]]

    async def test_a_higher_priority_goes_before_every_turn(self) -> None:
        urgent = await self.flood(3, priority=5)
        (other,) = await self.flood(1)

        assert await self.take(4) == [*urgent, other]

    async def test_an_organisation_has_one_turn_whatever_types_it_has_waiting(self) -> None:
        owner = an_old_organization_id()
        mixed = [
            await self.added(kind, organization_id=owner)
            for kind in (NOTE, IMPATIENT, NOTE, IMPATIENT)
        ]
        (other,) = await self.flood(1)

        assert await self.take(5) == [mixed[0], other, *mixed[1:]]

    async def test_nobody_is_passed_over_while_there_are_more_organisations_than_room(self) -> None:
        tasks = [task for _ in range(70) for task in await self.flood(2)]
        taken: list[ReadyTask] = []

        while found := await self._take_and_run(7):
            taken += [item.task for item in found]

        assert len(taken) == len(tasks)
        assert set(taken) == set(tasks)
        assert len({task.organization_id for task in taken[:70]}) == 70

    async def _take_and_run(self, limit: int) -> list[TaskToPush]:
        """Take tasks out of the ledger and have a worker take them out of the broker."""
        taken = await self.keeping.take_unpushed(Tier.REALTIME, limit)
        for item in taken:
            await self.claim(item.task)
        return list(taken)
