"""The streams that are open in this process, by who opened them, so that they can be ended."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable

from domain.directory.standing import Standing
from domain.errors import DomainError
from server.caller import Caller, caller_if_known
from server.errors import ServerDrainingError
from server.membership import caller_keys, loss_of
from server.stream_expiries import StreamExpiries, StreamTask
from server.tokens import TokenExpiredError, TokenInvalidError

_ANYBODY = ""


class OpenStreams:
    """Each stream is the task that serves it; ending it tells its caller why.

    A stream lives no longer than the token or the key that it was opened with.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._by_caller: dict[str, dict[StreamTask, Caller | None]] = {}
        self._callers_by_api_key: dict[bytes, str] = {}
        self._expiries = StreamExpiries(self._expire, clock=clock)
        self._reasons: dict[StreamTask, DomainError] = {}

    def add_this(self) -> None:
        """Note the stream that the running task serves, and its caller."""
        task, caller = asyncio.current_task(), caller_if_known()
        if task is None:
            return
        self._by_caller.setdefault(_key(caller), {})[task] = caller
        if caller is not None:
            if caller.api_key_digest:
                self._callers_by_api_key[caller.api_key_digest] = caller.key
            self._expiries.add(task, caller.expires_at)

    def remove_this(self) -> None:
        """Forget the stream that the running task served."""
        task, caller = asyncio.current_task(), caller_if_known()
        key = _key(caller)
        streams = self._by_caller.get(key)
        if task is None or streams is None:
            return
        streams.pop(task, None)
        self._reasons.pop(task, None)
        if not streams:
            del self._by_caller[key]
        if caller is not None:
            self._expiries.remove(task, caller.expires_at)
            if not streams:
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

    def _expire(self, task: StreamTask) -> None:
        self._end(task, TokenExpiredError())

    def _end(self, task: StreamTask, reason: DomainError) -> None:
        self._reasons.setdefault(task, reason)
        task.cancel()


def draining() -> ServerDrainingError:
    """Return what callers are told while the server goes away."""
    # A moment later than at once, so that a fleet of phones does not arrive together.
    return ServerDrainingError("This server is being stopped; call again.", retry_after_seconds=0.2)


def _key(caller: Caller | None) -> str:
    return _ANYBODY if caller is None else caller.key
