"""What every task ledger owes those who pause queues."""

from uuid import uuid4

import pytest

from adapters.clock import Uuid7Source
from domain.commands import CommandContext
from domain.identifiers import PLATFORM_ORGANIZATION_ID, RequestId
from domain.operations.pause_ports import QueuePauses
from domain.operations.queue_pause import QueuePause, UnknownQueueError
from domain.operations.settlement import done
from domain.operations.task import ReadyTask, TaskState
from domain.operations.task_type import Tier
from domain.operations.use_cases.pause_queue import PauseQueue, pause_queue
from domain.operations.use_cases.resume_queue import ResumeQueue, resume_queue
from tests.contracts.task_ledger import TaskLedgerContract
from tests.support.builders import a_context
from tests.support.task_types import CHORE, IMPATIENT, NOTE


def by_an_operator(request_id: RequestId | None = None) -> CommandContext:
    return a_context(PLATFORM_ORGANIZATION_ID, request_id=request_id)


class QueuePauseContract(TaskLedgerContract):
    """Subclasses give the ledger's pauses beside its other roles."""

    pauses: QueuePauses

    async def pause(
        self, queue: str, *, reason: str = "provider down", request_id: RequestId | None = None
    ) -> QueuePause | None:
        return await pause_queue(
            self.pauses,
            Uuid7Source(),
            context=by_an_operator(request_id),
            command=PauseQueue(queue=queue, reason=reason),
        )

    async def resume(self, queue: str) -> QueuePause | None:
        return await resume_queue(
            self.pauses,
            Uuid7Source(),
            context=by_an_operator(),
            command=ResumeQueue(queue=queue, reason="provider back"),
        )

    async def hold_back(self, queue: str) -> None:
        """Pause a queue of a type that only tests know."""
        async with self.pauses.transaction(by_an_operator()) as transaction:
            await transaction.pause(queue, "test")

    async def taken(self, tier: Tier = Tier.REALTIME) -> list[ReadyTask]:
        return [item.task for item in await self.keeping.take_unpushed(tier, 10)]

    async def test_a_pause_says_who_since_when_and_why(self) -> None:
        pause = await self.pause("batch")

        assert pause is not None
        actor = by_an_operator().actor.subject
        assert (pause.queue, pause.reason, pause.actor) == ("batch", "provider down", actor)
        assert await self.pauses.all() == [pause]

    async def test_what_is_paused_already_stays_as_it_is(self) -> None:
        first = await self.pause("invoice:generate")

        assert await self.pause("invoice:generate", reason="another") == first

    async def test_a_repeat_does_not_pause_what_was_resumed_since(self) -> None:
        request_id = RequestId(uuid4())
        await self.pause("batch", request_id=request_id)
        await self.resume("batch")

        assert await self.pause("batch", request_id=request_id) is None
        assert await self.pauses.all() == []

    async def test_resuming_what_is_not_paused_does_nothing(self) -> None:
        assert await self.resume("batch") is None

    @pytest.mark.parametrize("queue", ["slow", "test:note", ""])
    async def test_only_a_tier_or_a_type_of_the_platform_is_a_queue(self, queue: str) -> None:
        for command in (self.pause, self.resume):
            with pytest.raises(UnknownQueueError):
                await command(queue)

    async def test_nothing_of_a_paused_type_is_brought_and_others_are(self) -> None:
        held, other = await self.added(NOTE), await self.added(IMPATIENT)

        await self.hold_back(NOTE.name)

        assert await self.taken() == [other]
        await self.resume_any(NOTE.name)
        assert await self.taken() == [held]

    async def test_nothing_of_a_paused_tier_is_brought_and_other_tiers_are(self) -> None:
        await self.added(NOTE, priority=5)
        chore = await self.added(CHORE)

        await self.pause(Tier.REALTIME.value)

        assert await self.taken() == []
        assert await self.taken(Tier.BACKGROUND) == [chore]

    @pytest.mark.parametrize("queue", [NOTE.name, NOTE.tier.value])
    async def test_what_the_broker_still_brings_of_a_paused_queue_is_not_started(
        self, queue: str
    ) -> None:
        task = await self.added(NOTE)
        pushed = await self.taken()
        await self.hold_back(queue)

        claimed = await self.claim(task)
        withdrawn = await self.keeping.withdraw_paused()

        assert (pushed, claimed, withdrawn) == ([task], None, 1)
        await self.let_pass(60)
        assert await self.keeping.take_forgotten(Tier.REALTIME, older_than_seconds=5, limit=9) == []
        await self.resume_any(queue)
        assert await self.taken() == [task]
        assert await self.claim(task) is not None

    async def test_what_runs_is_left_to_end(self) -> None:
        running = await self.claimed(NOTE)
        await self.hold_back(NOTE.name)

        lost = await self.ledger.renew([running])
        await self.settle(done(running))

        assert lost == frozenset()
        assert (await self.read(running)).state is TaskState.DONE

    async def resume_any(self, queue: str) -> None:
        async with self.pauses.transaction(by_an_operator()) as transaction:
            await transaction.resume(queue)
