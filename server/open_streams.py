"""The streams that are open in this process, by who opened them, so that they can be ended."""

import asyncio
import math
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeAlias

from domain.directory.standing import Standing
from domain.errors import DomainError
from server.caller import Caller, caller_if_known
from server.errors import ServerDrainingError
from server.membership import caller_keys, loss_of
from server.tokens import TokenExpiredError, TokenInvalidError

_Task: TypeAlias = asyncio.Task[Any]  # whatever its handler returns
_ANYBODY = ""


class OpenStreams:
    """Each stream is the task that serves it; ending it tells its caller why.

    A stream lives no longer than the token or the key that it was opened with.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._by_caller: dict[str, dict[_Task, Caller | None]] = {}
        self._callers_by_api_key: dict[bytes, str] = {}
        self._expiries: dict[_Task, asyncio.TimerHandle] = {}
        self._reasons: dict[_Task, DomainError] = {}

    def add_this(self) -> None:
        """Note the stream that the running task serves, and its caller."""
        task, caller = asyncio.current_task(), caller_if_known()
        if task is None:
            return
        self._by_caller.setdefault(_key(caller), {})[task] = caller
        if caller is not None:
            if caller.api_key_digest:
                self._callers_by_api_key[caller.api_key_digest] = caller.key
            self._expire_at(caller.expires_at, task)

    def remove_this(self) -> None:
        """Forget the stream that the running task served."""
        task, caller = asyncio.current_task(), caller_if_known()
        key = _key(caller)
        streams = self._by_caller.get(key)
        if task is None or streams is None:
            return
        streams.pop(task, None)
        self._reasons.pop(task, None)
        expiry = self._expiries.pop(task, None)
        if expiry is not None:
            expiry.cancel()
        if not streams:
            del self._by_caller[key]
            if caller is not None:
                self._callers_by_api_key.pop(caller.api_key_digest, None)

    def reason_of_this(self) -> DomainError | None:
        """Return why the stream that the running task serves was ended, None if it was not."""
        task = asyncio.current_task()
        return None if task is None else self._reasons.get(task)

    def api_keys(self) -> Collection[bytes]:
        """Return the digests of the keys that have streams open."""
        return list(self._callers_by_api_key)

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

    def end_of_keys(self, revoked: Iterable[bytes]) -> None:
        """End what was opened with API keys that let nobody in any more, named by their digests."""
        for digest in revoked:
            key = self._callers_by_api_key.get(digest)
            if key is not None:
                for task in self._by_caller[key]:
                    self._end(task, TokenInvalidError())

    def _expire_at(self, expires_at: float, task: _Task) -> None:
        if math.isinf(expires_at):
            return
        seconds = max(0.0, expires_at - self._clock())
        loop = asyncio.get_running_loop()
        self._expiries[task] = loop.call_later(seconds, self._expire, expires_at, task)

    def _expire(self, expires_at: float, task: _Task) -> None:
        # The loop's clock is another one. Who was ended too soon would be let in again at once.
        if self._clock() < expires_at:
            self._expire_at(expires_at, task)
        else:
            self._end(task, TokenExpiredError())

    def _end(self, task: _Task, reason: DomainError) -> None:
        self._reasons.setdefault(task, reason)
        task.cancel()


def draining() -> ServerDrainingError:
    """Return what callers are told while the server goes away."""
    # A moment later than at once, so that a fleet of phones does not arrive together.
    return ServerDrainingError("This server is being stopped; call again.", retry_after_seconds=0.2)


def _key(caller: Caller | None) -> str:
    return _ANYBODY if caller is None else caller.key
