"""QueueService: parse, ask the ledger or have it changed, print the answer."""

from campotech.operations.v1 import queues_pb2, queues_pb2_grpc
from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import PLATFORM_ORGANIZATION_ID, IdSource, OrganizationId
from domain.operations.dead_tasks import DEFAULT_TASKS, DeadTasks
from domain.operations.pause_ports import QueuePauses
from domain.operations.ports import DeadTaskStore, TaskCommands, TaskFilter, TaskStore
from domain.operations.queue_ports import QueueStatisticsStore
from domain.operations.task_type import TASK_TYPES
from domain.operations.use_cases.cancel_task import CancelTask, cancel_task
from domain.operations.use_cases.discard_dead_tasks import DiscardDeadTasks, discard_dead_tasks
from domain.operations.use_cases.get_queue_metrics import get_queue_metrics
from domain.operations.use_cases.pause_queue import PauseQueue, pause_queue
from domain.operations.use_cases.resume_queue import ResumeQueue, resume_queue
from domain.operations.use_cases.retry_dead_tasks import RetryDeadTasks, retry_dead_tasks
from server.caller import command_context, current_caller
from server.calls import ServicerContext
from server.pagination import next_page_token, parse_page
from server.resource_names import TASKS, locate_parent
from server.services.queue_metrics_messages import report_to_proto
from server.services.task_messages import (
    STATES_BY_NUMBER,
    group_to_proto,
    parse_dead_task_filter,
    pause_to_proto,
    task_to_proto,
)
from server.timestamps import parse_since, parse_until


class QueueService(queues_pb2_grpc.QueueServiceServicer):
    """The queued work of an organisation: the caller's, or any for the platform's admins."""

    def __init__(
        self,
        tasks: TaskStore,
        ids: IdSource,
        *,
        commands: TaskCommands,
        dead_tasks: DeadTaskStore,
        pauses: QueuePauses,
        statistics: QueueStatisticsStore,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._commands = commands
        self._dead_tasks = dead_tasks
        self._pauses = pauses
        self._statistics = statistics
        self._clock = clock
        self._ids = ids

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

    async def CancelTask(
        self, request: queues_pb2.CancelTaskRequest, context: ServicerContext
    ) -> queues_pb2.CancelTaskResponse:
        organization_id, task_id = TASKS.locate(request.name, current_caller())
        task = await cancel_task(
            self._commands,
            context=command_context(request.request_id, organization_id=organization_id),
            command=CancelTask(task_id=task_id),
        )
        return queues_pb2.CancelTaskResponse(task=task_to_proto(task))

    async def PauseQueue(
        self, request: queues_pb2.PauseQueueRequest, context: ServicerContext
    ) -> queues_pb2.PauseQueueResponse:
        pause = await pause_queue(
            self._pauses,
            self._ids,
            context=command_context(request.request_id, organization_id=PLATFORM_ORGANIZATION_ID),
            command=PauseQueue(queue=request.queue, reason=request.reason),
        )
        return queues_pb2.PauseQueueResponse(pause=pause_to_proto(pause) if pause else None)

    async def ResumeQueue(
        self, request: queues_pb2.ResumeQueueRequest, context: ServicerContext
    ) -> queues_pb2.ResumeQueueResponse:
        pause = await resume_queue(
            self._pauses,
            self._ids,
            context=command_context(request.request_id, organization_id=PLATFORM_ORGANIZATION_ID),
            command=ResumeQueue(queue=request.queue, reason=request.reason),
        )
        return queues_pb2.ResumeQueueResponse(pause=pause_to_proto(pause) if pause else None)

    async def GetQueuePauses(
        self, request: queues_pb2.GetQueuePausesRequest, context: ServicerContext
    ) -> queues_pb2.GetQueuePausesResponse:
        return queues_pb2.GetQueuePausesResponse(
            pauses=map(pause_to_proto, await self._pauses.all())
        )

    async def ListDeadTasks(
        self, request: queues_pb2.ListDeadTasksRequest, context: ServicerContext
    ) -> queues_pb2.ListDeadTasksResponse:
        organization_id = locate_parent(request.parent, current_caller())
        page = await self._dead_tasks.list_dead(
            organization_id,
            parse_dead_task_filter(request.filter),
            parse_page(request, organization_id),
        )
        return queues_pb2.ListDeadTasksResponse(
            tasks=map(task_to_proto, page.items),
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )

    async def GetDeadTaskSummary(
        self, request: queues_pb2.GetDeadTaskSummaryRequest, context: ServicerContext
    ) -> queues_pb2.GetDeadTaskSummaryResponse:
        organization_id = locate_parent(request.parent, current_caller())
        groups = await self._dead_tasks.groups(
            organization_id, parse_dead_task_filter(request.filter)
        )
        return queues_pb2.GetDeadTaskSummaryResponse(groups=map(group_to_proto, groups))

    async def RetryDeadTasks(
        self, request: queues_pb2.RetryDeadTasksRequest, context: ServicerContext
    ) -> queues_pb2.RetryDeadTasksResponse:
        organization_id = _organization_of(request)
        count = await retry_dead_tasks(
            self._dead_tasks,
            self._ids,
            context=_context(request, organization_id),
            command=RetryDeadTasks(tasks=_parse_dead_tasks(request, organization_id)),
        )
        return queues_pb2.RetryDeadTasksResponse(retried_count=count)

    async def DiscardDeadTasks(
        self, request: queues_pb2.DiscardDeadTasksRequest, context: ServicerContext
    ) -> queues_pb2.DiscardDeadTasksResponse:
        organization_id = _organization_of(request)
        count = await discard_dead_tasks(
            self._dead_tasks,
            self._ids,
            context=_context(request, organization_id),
            command=DiscardDeadTasks(
                tasks=_parse_dead_tasks(request, organization_id), reason=request.reason
            ),
        )
        return queues_pb2.DiscardDeadTasksResponse(discarded_count=count)

    async def GetQueueMetrics(
        self, request: queues_pb2.GetQueueMetricsRequest, context: ServicerContext
    ) -> queues_pb2.GetQueueMetricsResponse:
        report = await get_queue_metrics(
            self._statistics,
            TASK_TYPES,
            now=self._clock.now(),
            since=parse_since(request.since),
            until=parse_until(request.until),
        )
        return report_to_proto(report)


DeadTasksRequest = queues_pb2.RetryDeadTasksRequest | queues_pb2.DiscardDeadTasksRequest


def _organization_of(request: DeadTasksRequest) -> OrganizationId:
    """Return the parent or, where none is said, the organisation of the first task named."""
    caller = current_caller()
    if request.parent or not request.names:
        return locate_parent(request.parent, caller)
    return TASKS.locate(request.names[0], caller, "names[0]")[0]


def _context(request: DeadTasksRequest, organization_id: OrganizationId) -> CommandContext:
    return command_context(request.request_id, organization_id=organization_id)


def _parse_dead_tasks(request: DeadTasksRequest, organization_id: OrganizationId) -> DeadTasks:
    return DeadTasks(
        task_ids=tuple(
            TASKS.parse(name, within=organization_id, field=f"names[{index}]")
            for index, name in enumerate(request.names)
        ),
        filter=parse_dead_task_filter(request.filter),
        max_tasks=request.max_tasks or DEFAULT_TASKS,
    )
