"""An event loop in a thread of its own, for callers who have none."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


class BackgroundLoop:
    """Runs coroutines while their callers wait; may be used from many threads at once."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._changing = threading.Lock()
        self._is_closed = False
        # A daemon, so that a script that forgets to close can end.
        self._thread = threading.Thread(target=self._serve, name="campotech", daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Return what the coroutine returns; Ctrl-C calls it off.

        Raises what it raises, and RuntimeError on a closed loop or from inside the loop itself.
        """
        running = self._begun(work)
        try:
            return running.result()
        finally:
            # Without effect on what has ended.
            running.cancel()

    def close(self) -> None:
        """Call off what still runs, and end the thread."""
        with self._changing:
            if not self._is_closed:
                self._is_closed = True
                self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _begun(self, work: Coroutine[Any, Any, ResultT]) -> "Future[ResultT]":
        # Together with the flag, so that nothing begins on a loop that does not run any more.
        with self._changing:
            if not self._is_closed and threading.current_thread() is not self._thread:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        raise RuntimeError("This client is closed, or called from within one of its own calls.")

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()
