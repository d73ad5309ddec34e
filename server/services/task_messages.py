"""Tasks as the contract shows them."""

from google.protobuf.struct_pb2 import Struct

from campotech.operations.v1 import queues_pb2, task_pb2
from domain.operations.dead_tasks import DeadTaskFilter, DeadTaskGroup
from domain.operations.queue_pause import QueuePause
from domain.operations.task import AttemptOutcome, Task, TaskAttempt, TaskState
from domain.operations.task_type import Tier
from server.etags import etag_of
from server.resource_names import TASKS
from server.timestamps import parse_since, parse_until, timestamp_to_proto

TIERS = {tier: task_pb2.Task.Tier.Value(f"TIER_{tier.name}") for tier in Tier}
STATES = {state: task_pb2.Task.State.Value(f"STATE_{state.name}") for state in TaskState}
STATES_BY_NUMBER = {number: state for state, number in STATES.items()}
OUTCOMES = {
    outcome: task_pb2.Task.Attempt.Outcome.Value(f"OUTCOME_{outcome.name}")
    for outcome in AttemptOutcome
}


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
        error_fingerprint=task.error_fingerprint or "",
        deadline_time=timestamp_to_proto(task.deadline),
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


def group_to_proto(group: DeadTaskGroup) -> queues_pb2.GetDeadTaskSummaryResponse.Group:
    """Print a group of dead tasks."""
    return queues_pb2.GetDeadTaskSummaryResponse.Group(
        type=group.type,
        error_fingerprint=group.error_fingerprint,
        task_count=group.task_count,
        first_death_time=timestamp_to_proto(group.first_died_at),
        last_death_time=timestamp_to_proto(group.last_died_at),
        newest=task_to_proto(group.newest),
    )


def pause_to_proto(pause: QueuePause) -> queues_pb2.QueuePause:
    """Print a pause."""
    return queues_pb2.QueuePause(
        queue=pause.queue,
        reason=pause.reason,
        actor=pause.actor,
        pause_time=timestamp_to_proto(pause.paused_at),
    )


def parse_dead_task_filter(wanted: queues_pb2.DeadTaskFilter) -> DeadTaskFilter:
    """Read which dead tasks are meant; raise InvalidInputError for a time that is none."""
    return DeadTaskFilter(
        type=wanted.type or None,
        error_fingerprint=wanted.error_fingerprint or None,
        since=parse_since(wanted.since, field="filter.since"),
        until=parse_until(wanted.until, field="filter.until"),
    )
