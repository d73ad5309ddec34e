"""The streams that are open in this process, by who opened them, so that they can be ended."""

import asyncio
from collections.abc import Iterable
from typing import Any, TypeAlias

from domain.directory.standing import Standing
from domain.errors import DomainError
from server.caller import Caller, caller_if_known
from server.errors import ServerDrainingError
from server.membership import caller_keys, loss_of

_Task: TypeAlias = asyncio.Task[Any]  # whatever its handler returns
_ANYBODY = ""


class OpenStreams:
    """Each stream is the task that serves it; ending it tells its caller why."""

    def __init__(self) -> None:
        self._by_caller: dict[str, dict[_Task, Caller | None]] = {}
        self._reasons: dict[_Task, DomainError] = {}

    def add_this(self) -> None:
        """Note the stream that the running task serves, and its caller."""
        task, caller = asyncio.current_task(), caller_if_known()
        if task is not None:
            self._by_caller.setdefault(_key(caller), {})[task] = caller

    def remove_this(self) -> None:
        """Forget the stream that the running task served."""
        task, key = asyncio.current_task(), _key(caller_if_known())
        streams = self._by_caller.get(key)
        if task is None or streams is None:
            return
        streams.pop(task, None)
        self._reasons.pop(task, None)
        if not streams:
            del self._by_caller[key]

    def reason_of_this(self) -> DomainError | None:
        """Return why the stream that the running task serves was ended, None if it was not."""
        task = asyncio.current_task()
        return None if task is None else self._reasons.get(task)

    def end_all(self) -> None:
        """Send every caller to another server."""
        for streams in self._by_caller.values():
            for task in streams:
                self._end(task, draining())

    def end_of(self, changed: Iterable[Standing]) -> None:
        """End what members opened who may not have it open any more."""
        for standing in changed:
            for key in caller_keys(standing):
                for task, caller in self._by_caller.get(key, {}).items():
                    reason = None if caller is None else loss_of(caller, standing)
                    if reason is not None:
                        self._end(task, reason)

    def _end(self, task: _Task, reason: DomainError) -> None:
        self._reasons.setdefault(task, reason)
        task.cancel()


def draining() -> ServerDrainingError:
    """Return what callers are told while the server goes away."""
    # A moment later than at once, so that a fleet of phones does not arrive together.
    return ServerDrainingError("This server is being stopped; call again.", retry_after_seconds=0.2)


def _key(caller: Caller | None) -> str:
    return _ANYBODY if caller is None else caller.key
