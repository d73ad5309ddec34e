"""The work that the platform does by itself."""

from collections.abc import Sequence

from campotech.operations.v1 import queues_pb2, queues_pb2_grpc
from campotech.operations.v1.task_pb2 import Task
from campotech_client.connection import Connection
from campotech_client.listings import Listing, Page


class OperationsClient:
    """Reads the tasks of the queues; for owners and the platform's admins."""

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
