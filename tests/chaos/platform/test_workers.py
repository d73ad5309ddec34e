"""Workers are killed with tasks in their hands: the tasks run again soon, each has one effect."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from campotech.invoicing.v1.invoice_pb2 import Invoice
from campotech.operations.v1.task_pb2 import Task
from cli.local_platform.platform import LocalPlatform
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import PlatformBusiness, businesses_on
from tests.support.recovery import comes_back
from tests.support.sandbox_control import SandboxControl

AGAIN_WITHIN = timedelta(seconds=10)
"""The promise: a task whose worker crashed starts again within this."""
# Longer than a lease and shorter than our own deadlines for the two services.
SUBMISSION_SECONDS = 16
SEND_SECONDS = 13


async def running(businesses: Sequence[PlatformBusiness], kind: str) -> list[Task]:
    """Return the tasks of a type that run now, in the order of the businesses."""
    return [
        task
        for business in businesses
        async for task in business.owner.app.operations.list_tasks(
            type=kind, states=[Task.STATE_RUNNING]
        )
    ]


async def all_run(businesses: Sequence[PlatformBusiness], kind: str) -> bool:
    async def are_running() -> bool:
        return len(await running(businesses, kind)) == len(businesses)

    return await comes_back(f"{kind} running", are_running, within_seconds=SEND_SECONDS)


async def second_starts(
    businesses: Sequence[PlatformBusiness], tasks: Sequence[Task]
) -> list[datetime]:
    """Return when each task was begun for the second time, once all of these attempts ended."""

    async def newest() -> list[Task]:
        return [
            await business.owner.app.operations.get_task(task.name)
            for business, task in zip(businesses, tasks, strict=True)
        ]

    async def were_tried_twice() -> bool:
        return all(len(task.attempts) >= 2 for task in await newest())

    assert await comes_back("second attempts", were_tried_twice, within_seconds=60)
    return [task.attempts[1].start_time.ToDatetime(tzinfo=UTC) for task in await newest()]


async def test_submissions_of_a_killed_worker_run_again_within_ten_seconds(
    platform: LocalPlatform, access: PlatformAccess, sandbox: SandboxControl
) -> None:
    async with businesses_on(access) as founder:
        businesses = [await founder.open_business() for _ in range(2)]
        await sandbox.put_fault(
            "arca.wsfe.FECAESolicitar", "slow", seconds=SUBMISSION_SECONDS, times=2
        )
        jobs = [await business.complete_job() for business in businesses]
        for business in businesses:
            assert await sandbox.receives("FECAESolicitar", cuit=business.cuit)
        tasks = await running(businesses, "invoice:afip-submit")
        killed_at = datetime.now(UTC)

        platform.process("worker-batch").kill()

        starts = await second_starts(businesses, tasks)
        assert max(starts) - killed_at < AGAIN_WITHIN
        assert await sandbox.has_come_to_rest("FECAESolicitar")
        for business, job in zip(businesses, jobs, strict=True):
            assert await business.has_invoice(job, Invoice.FISCAL_STATE_AUTHORIZED)
            assert len(await sandbox.vouchers(business.cuit)) == 1


async def test_sends_of_a_killed_worker_run_again_within_ten_seconds_and_send_nothing_twice(
    platform: LocalPlatform, access: PlatformAccess, sandbox: SandboxControl
) -> None:
    async with businesses_on(access) as founder:
        businesses = [await founder.open_business() for _ in range(4)]
        await sandbox.put_fault("whatsapp.messages", "slow", seconds=SEND_SECONDS, times=4)
        for business in businesses:
            await business.complete_job()
        assert await all_run(businesses, "whatsapp:send")
        tasks = await running(businesses, "whatsapp:send")
        killed_at = datetime.now(UTC)

        platform.process("worker-background").kill()

        starts = await second_starts(businesses, tasks)
        assert max(starts) - killed_at < AGAIN_WITHIN
        assert await sandbox.has_come_to_rest("messages")
        for business in businesses:
            (message,) = await business.office.messaging.list().first(2)
            message_id = message.name.rpartition("/")[2]
            assert len(await sandbox.messages(callback_data=message_id)) == 1
            assert len(await sandbox.messages(to=business.customer_phone_number)) == 1
