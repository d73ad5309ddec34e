"""Dispatch an entry's task now, whatever its schedule says."""

from domain.commands import CommandContext
from domain.identifiers import IdSource
from domain.operations.cron_ports import CronStore
from domain.transactions import NewTask


async def run_cron_entry(
    store: CronStore, ids: IdSource, *, context: CommandContext, name: str
) -> NewTask:
    """Return the task; raise NotFoundError. The entry's own fire times stay as they are."""
    run_id = ids.new_id()
    async with store.transaction(context) as transaction:
        entry = await transaction.get(name)
        task = NewTask(
            type=entry.task_type,
            payload=entry.payload,
            idempotency_key=f"cron/{name}/by-hand/{run_id}",
        )
        transaction.audit("cron_entry_run", run_id, name=name)
        transaction.dispatch(task)
    return task
