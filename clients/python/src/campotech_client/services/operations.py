"""The work that the platform does by itself."""

from collections.abc import Sequence

from campotech.operations.v1 import queues_pb2, queues_pb2_grpc
from campotech.operations.v1.queues_pb2 import (
    DeadTaskFilter,
    GetDeadTaskSummaryResponse,
    GetQueueMetricsResponse,
    QueuePause,
)
from campotech.operations.v1.task_pb2 import Task
from campotech_client.connection import Connection, new_request_id
from campotech_client.listings import Listing, Page


class OperationsClient:
    """Reads the tasks of the queues, calls them off, decides on dead ones, and pauses queues.

    Reading is for owners and the platform's admins, deciding for admins alone. Which dead tasks is
    said by a DeadTaskFilter, of which an empty one means all, or by their names.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = queues_pb2_grpc.QueueServiceStub(connection.channel)

    async def get_task(self, name: str, *, timeout_seconds: float | None = None) -> Task:
        """Return one task with its attempts.

        Raises NotFoundError (TASK_NOT_FOUND).
        """
        request = queues_pb2.GetTaskRequest(name=name)
        response = await self._connection.call(
            self._stub.GetTask, request, timeout_seconds=timeout_seconds
        )
        return response.task

    def list_tasks(
        self,
        *,
        states: Sequence[Task.State.ValueType] = (),
        type: str = "",  # noqa: A002  # the contract's word
        parent: str = "",
        page_size: int = 0,
        timeout_seconds: float | None = None,
    ) -> Listing[Task]:
        """List tasks, the newest first, such as those of the type `invoice:generate`."""

        async def fetch(page_token: str) -> Page[Task]:
            response = await self._connection.call(
                self._stub.ListTasks,
                queues_pb2.ListTasksRequest(
                    parent=parent,
                    states=states,
                    type=type,
                    page_size=page_size,
                    page_token=page_token,
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.tasks, response.next_page_token)

        return Listing(fetch)

    async def cancel_task(
        self, name: str, *, request_id: str | None = None, timeout_seconds: float | None = None
    ) -> Task:
        """Call off a task that has not begun, or waits to go on. For admins.

        Raises NotFoundError (TASK_NOT_FOUND), PreconditionError (TASK_TRANSITION_REFUSED).
        """
        request = queues_pb2.CancelTaskRequest(name=name, request_id=request_id or new_request_id())
        response = await self._connection.call(
            self._stub.CancelTask, request, timeout_seconds=timeout_seconds
        )
        return response.task

    async def pause_queue(
        self,
        queue: str,
        *,
        reason: str,
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> QueuePause:
        """Start nothing of a tier (`batch`) or a type (`invoice:generate`) for now. For admins.

        Raises InvalidInputError (UNKNOWN_QUEUE).
        """
        request = queues_pb2.PauseQueueRequest(
            queue=queue, reason=reason, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.PauseQueue, request, timeout_seconds=timeout_seconds
        )
        return response.pause

    async def resume_queue(
        self,
        queue: str,
        *,
        reason: str,
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> None:
        """Let a paused tier or type go on. For admins.

        Raises InvalidInputError (UNKNOWN_QUEUE).
        """
        request = queues_pb2.ResumeQueueRequest(
            queue=queue, reason=reason, request_id=request_id or new_request_id()
        )
        await self._connection.call(
            self._stub.ResumeQueue, request, timeout_seconds=timeout_seconds
        )

    async def get_queue_pauses(
        self, *, timeout_seconds: float | None = None
    ) -> Sequence[QueuePause]:
        """Return which tiers and types are paused, since when and why. For admins."""
        response = await self._connection.call(
            self._stub.GetQueuePauses,
            queues_pb2.GetQueuePausesRequest(),
            timeout_seconds=timeout_seconds,
        )
        return response.pauses

    def list_dead_tasks(
        self,
        *,
        filter: DeadTaskFilter | None = None,  # noqa: A002  # the contract's word
        parent: str = "",
        page_size: int = 0,
        timeout_seconds: float | None = None,
    ) -> Listing[Task]:
        """List dead tasks, the newest first."""

        async def fetch(page_token: str) -> Page[Task]:
            response = await self._connection.call(
                self._stub.ListDeadTasks,
                queues_pb2.ListDeadTasksRequest(
                    parent=parent, filter=filter, page_size=page_size, page_token=page_token
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.tasks, response.next_page_token)

        return Listing(fetch)

    async def get_dead_task_summary(
        self,
        *,
        filter: DeadTaskFilter | None = None,  # noqa: A002  # the contract's word
        parent: str = "",
        timeout_seconds: float | None = None,
    ) -> Sequence[GetDeadTaskSummaryResponse.Group]:
        """Return dead tasks by type and error, the largest groups first."""
        response = await self._connection.call(
            self._stub.GetDeadTaskSummary,
            queues_pb2.GetDeadTaskSummaryRequest(parent=parent, filter=filter),
            timeout_seconds=timeout_seconds,
        )
        return response.groups

    async def retry_dead_tasks(
        self,
        names: Sequence[str] = (),
        *,
        filter: DeadTaskFilter | None = None,  # noqa: A002  # the contract's word
        max_tasks: int = 0,
        parent: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> int:
        """Make dead tasks READY with fresh attempts, ten a second; return how many.

        Raises NotFoundError (TASK_NOT_FOUND), PreconditionError (TASK_NOT_DEAD).
        """
        request = queues_pb2.RetryDeadTasksRequest(
            parent=parent,
            names=names,
            filter=filter,
            max_tasks=max_tasks,
            request_id=request_id or new_request_id(),
        )
        response = await self._connection.call(
            self._stub.RetryDeadTasks, request, timeout_seconds=timeout_seconds
        )
        return response.retried_count

    async def discard_dead_tasks(
        self,
        names: Sequence[str] = (),
        *,
        reason: str,
        filter: DeadTaskFilter | None = None,  # noqa: A002  # the contract's word
        max_tasks: int = 0,
        parent: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> int:
        """Make dead tasks DISCARDED, for a reason that is kept; return how many.

        Raises NotFoundError (TASK_NOT_FOUND), PreconditionError (TASK_NOT_DEAD).
        """
        request = queues_pb2.DiscardDeadTasksRequest(
            parent=parent,
            names=names,
            filter=filter,
            max_tasks=max_tasks,
            reason=reason,
            request_id=request_id or new_request_id(),
        )
        response = await self._connection.call(
            self._stub.DiscardDeadTasks, request, timeout_seconds=timeout_seconds
        )
        return response.discarded_count

    async def get_queue_metrics(
        self, *, since: str = "", until: str = "", timeout_seconds: float | None = None
    ) -> GetQueueMetricsResponse:
        """Tell how the queues do, in a window of at most 30 days and without one today. For admins.

        Raises InvalidInputError (WINDOW_REFUSED, TIME_MALFORMED).
        """
        return await self._connection.call(
            self._stub.GetQueueMetrics,
            queues_pb2.GetQueueMetricsRequest(since=since, until=until),
            timeout_seconds=timeout_seconds,
        )
