"""Tasks that died, made as workers would have made them."""

from adapters.postgres.pools import create_pool
from adapters.postgres.task_ledger import PostgresTaskLedger
from campotech.jobs.v1.job_pb2 import Job
from campotech.operations.v1 import queues_pb2
from campotech.operations.v1.task_pb2 import Task
from domain.errors import PreconditionError
from domain.identifiers import TaskId
from domain.operations.claim import Ticket
from domain.operations.settlement import failed
from domain.operations.task_type import task_type
from tests.support.businesses import Business, id_in


async def a_dead_task(business: Business, error: str = "The agency said no.") -> Task:
    """Return the task of a job's invoice, which a rule has refused."""
    job = await business.job_in(Job.STATE_COMPLETED)
    queues = business.owner.app.queues
    tasks = (await queues.ListTasks(queues_pb2.ListTasksRequest())).tasks
    (task,) = (task for task in tasks if task.idempotency_key == str(id_in(job.name)))
    pool = create_pool(business.api.database.system_url, name="test", max_size=1)
    await pool.open()
    try:
        ledger = PostgresTaskLedger(pool, worker="test", lease_seconds=60)
        ticket = Ticket(business.id, TaskId(id_in(task.name)))
        (claimed,) = await ledger.exchange([], [ticket])
        refusal = PreconditionError(error)
        await ledger.exchange([failed(claimed, task_type(task.type), refusal, jitter=0.5)], [])
    finally:
        await pool.close()
    return (await queues.GetTask(queues_pb2.GetTaskRequest(name=task.name))).task
