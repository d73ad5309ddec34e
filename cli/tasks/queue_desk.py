"""What operators ask of queues as a whole, and decide about them."""

from collections.abc import Sequence

from rich.console import Console

from campotech.operations.v1.queues_pb2 import QueuePause
from campotech_client.errors import PermissionDeniedError
from campotech_client.services.operations import OperationsClient
from cli.tasks.metrics_table import metrics_report
from cli.tasks.tables import pause_table


class QueueDesk:
    """One operator before the queues of all organisations."""

    def __init__(self, operations: OperationsClient, console: Console) -> None:
        self._operations = operations
        self._console = console

    async def pause(self, queue: str, *, reason: str) -> None:
        was_paused = await self._is_paused(queue)
        await self._operations.pause_queue(queue, reason=reason)
        self._say(
            f"{queue} was paused already, and stays as it was."
            if was_paused
            else f"{queue} is paused. What runs is left to end; nothing more starts."
        )
        await self.show_pauses()

    async def resume(self, queue: str, *, reason: str) -> None:
        was_paused = await self._is_paused(queue)
        await self._operations.resume_queue(queue, reason=reason)
        self._say(f"{queue} goes on." if was_paused else f"{queue} was not paused.")
        await self.show_pauses()

    async def show_pauses(self) -> None:
        found = await self._operations.get_queue_pauses()
        if not found:
            self._say("Nothing is paused.")
            return
        self._console.print(pause_table(found))

    async def known_pauses(self) -> Sequence[QueuePause]:
        """Return what is paused, nothing to those who may not know."""
        try:
            return await self._operations.get_queue_pauses()
        except PermissionDeniedError:
            return ()

    async def show_metrics(self, *, since: str, until: str, shows_idle: bool) -> None:
        found = await self._operations.get_queue_metrics(since=since, until=until)
        self._console.print(metrics_report(found, shows_idle=shows_idle))

    async def _is_paused(self, queue: str) -> bool:
        return any(pause.queue == queue for pause in await self._operations.get_queue_pauses())

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)
