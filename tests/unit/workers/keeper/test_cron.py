from datetime import timedelta

from structlog.testing import capture_logs

from adapters.cron_schedules import read_schedule
from domain.operations.cron import CatchUp
from tests.contracts.cron_store import an_entry
from tests.support.clocks import MORNING
from tests.support.in_memory_cron import InMemoryCron
from workers.keeper.cron import Cron

TYPE = "partitions:maintain"


async def test_turns_go_on_until_nothing_is_due() -> None:
    memory = InMemoryCron()
    for name, catch_up in (("all", CatchUp.ALL), ("skip", CatchUp.SKIP)):
        memory.entries[name] = an_entry(
            MORNING - timedelta(hours=3, minutes=10),
            name=name,
            schedule="50 * * * *",
            catch_up=catch_up,
            task_type=TYPE,
            payload={"job": "make"},
        )
    cron = Cron(memory, read_schedule)

    more = [await cron.work() for _ in range(3)]

    assert more == [True, True, False]
    assert len(memory.dispatched) == 3


async def test_an_entry_that_cannot_be_fired_is_reported() -> None:
    memory = InMemoryCron()
    memory.entries["broken"] = an_entry(MORNING, name="broken", task_type="nothing:known")

    with capture_logs() as logs:
        await Cron(memory, read_schedule).work()

    assert [(entry["event"], entry["entry"]) for entry in logs] == [
        ("cron_entry_put_off", "broken")
    ]
