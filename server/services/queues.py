"""QueueService: parse, ask the ledger, print the answer."""

from google.protobuf.struct_pb2 import Struct

from campotech.operations.v1 import queues_pb2, queues_pb2_grpc, task_pb2
from domain.operations.ports import TaskFilter, TaskStore
from domain.operations.task import AttemptOutcome, Task, TaskAttempt, TaskState
from domain.operations.task_type import Tier
from server.caller import current_caller
from server.calls import ServicerContext
from server.etags import etag_of
from server.pagination import next_page_token, parse_page
from server.resource_names import TASKS, locate_parent
from server.timestamps import timestamp_to_proto

TIERS = {tier: task_pb2.Task.Tier.Value(f"TIER_{tier.name}") for tier in Tier}
STATES = {state: task_pb2.Task.State.Value(f"STATE_{state.name}") for state in TaskState}
STATES_BY_NUMBER = {number: state for state, number in STATES.items()}
OUTCOMES = {
    outcome: task_pb2.Task.Attempt.Outcome.Value(f"OUTCOME_{outcome.name}")
    for outcome in AttemptOutcome
}


class QueueService(queues_pb2_grpc.QueueServiceServicer):
    """The queued work of an organisation: the caller's, or any for the platform's admins."""

    def __init__(self, tasks: TaskStore) -> None:
        self._tasks = tasks

    async def GetTask(
        self, request: queues_pb2.GetTaskRequest, context: ServicerContext
    ) -> queues_pb2.GetTaskResponse:
        organization_id, task_id = TASKS.locate(request.name, current_caller())
        task = await self._tasks.get(organization_id, task_id)
        return queues_pb2.GetTaskResponse(task=task_to_proto(task))

    async def ListTasks(
        self, request: queues_pb2.ListTasksRequest, context: ServicerContext
    ) -> queues_pb2.ListTasksResponse:
        organization_id = locate_parent(request.parent, current_caller())
        page = await self._tasks.list(
            organization_id,
            TaskFilter(
                states=frozenset(STATES_BY_NUMBER[state] for state in request.states),
                type=request.type or None,
            ),
            parse_page(request, organization_id),
        )
        return queues_pb2.ListTasksResponse(
            tasks=map(task_to_proto, page.items),
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )


def task_to_proto(task: Task) -> task_pb2.Task:
    """Print a task."""
    payload = Struct()
    payload.update(dict(task.payload))
    return task_pb2.Task(
        name=TASKS.name(task.organization_id, task.id),
        type=task.type,
        tier=TIERS[task.tier],
        state=STATES[task.state],
        priority=task.priority,
        attempt=task.attempt,
        max_attempts=task.max_attempts,
        run_time=timestamp_to_proto(task.run_at),
        idempotency_key=task.idempotency_key,
        payload=payload,
        attempts=map(_attempt_to_proto, task.attempts),
        parked_reason=task.parked_reason or "",
        finish_time=timestamp_to_proto(task.finished_at),
        create_time=timestamp_to_proto(task.created_at),
        update_time=timestamp_to_proto(task.updated_at),
        etag=etag_of(int(task.updated_at.timestamp() * 1_000_000)),
    )


def _attempt_to_proto(attempt: TaskAttempt) -> task_pb2.Task.Attempt:
    return task_pb2.Task.Attempt(
        attempt=attempt.attempt,
        start_time=timestamp_to_proto(attempt.started_at),
        end_time=timestamp_to_proto(attempt.ended_at),
        outcome=OUTCOMES[attempt.outcome]
        if attempt.outcome
        else task_pb2.Task.Attempt.OUTCOME_UNSPECIFIED,
        error=attempt.error,
    )
