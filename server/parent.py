"""The parent: starts the children, restarts those that die, serves everybody's metrics."""

import asyncio
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from server.metrics import child_environment, forget_gauges_of, serve_merged_metrics
from server.ports import require_free
from server.settings import LONGEST_QUIET_WAIT_SECONDS, ServerSettings

FIRST_BACKOFF_SECONDS = 0.1
LONGEST_BACKOFF_SECONDS = 10.0
# A child that lived this long died of something new.
HEALTHY_SECONDS = 10.0
# What a child may take to close connections after its own deadlines have passed.
STOP_MARGIN_SECONDS = 5.0

_LOGGER: structlog.stdlib.BoundLogger = structlog.get_logger()


def run_parent(settings: ServerSettings) -> None:
    """Serve until SIGTERM or SIGINT; raise PortBusyError before anything is started."""
    require_free(settings.grpc_host, settings.grpc_port, setting="CAMPOTECH_GRPC_PORT")
    for index in range(settings.server_processes):
        require_free(
            settings.grpc_host,
            settings.private_port(index),
            setting="CAMPOTECH_PRIVATE_PORT_BASE",
        )
    require_free(settings.metrics_host, settings.metrics_port, setting="CAMPOTECH_METRICS_PORT")
    with _metrics_folder(settings) as folder:
        asyncio.run(_supervise(settings, folder))


async def _supervise(settings: ServerSettings, folder: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stop.set)
    metrics = serve_merged_metrics(folder, host=settings.metrics_host, port=settings.metrics_port)
    try:
        async with asyncio.TaskGroup() as tasks:
            for index in range(settings.server_processes):
                tasks.create_task(_Child(settings, folder, index).keep_running(stop))
    finally:
        metrics.shutdown()
        metrics.server_close()


class _Child:
    """One place among the children, and the process that fills it now."""

    def __init__(self, settings: ServerSettings, folder: Path, index: int) -> None:
        self._settings = settings
        self._folder = folder
        self._index = index

    async def keep_running(self, stop: asyncio.Event) -> None:
        """Start the child again and again until it is told to stop, then stop it."""
        stopping = asyncio.create_task(stop.wait())
        backoff = FIRST_BACKOFF_SECONDS
        while not stop.is_set():
            started_at = time.monotonic()
            process = await self._start()
            exited = asyncio.create_task(process.wait())
            await asyncio.wait({exited, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                await self._stop(process)
                break
            forget_gauges_of(self._folder, self._index)
            if process.returncode == 0:
                # Somebody asked this child alone to drain and go, to have a fresh one.
                _LOGGER.info("child_ended", index=self._index)
                continue
            if time.monotonic() - started_at > HEALTHY_SECONDS:
                backoff = FIRST_BACKOFF_SECONDS
            _LOGGER.error(
                "child_died", index=self._index, exit_code=process.returncode, restart_in=backoff
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), backoff)
            backoff = min(backoff * 2, LONGEST_BACKOFF_SECONDS)

    async def _start(self) -> asyncio.subprocess.Process:
        # Its end of the pipe on stdin closes when this process is gone, however it went.
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "server",
            "--child",
            str(self._index),
            stdin=asyncio.subprocess.PIPE,
            env=child_environment(self._folder),
        )

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        patience = (
            self._settings.drain_seconds
            + LONGEST_QUIET_WAIT_SECONDS
            + self._settings.stop_grace_seconds
            + STOP_MARGIN_SECONDS
        )
        if process.returncode is None:
            process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience)
        if process.returncode is None:
            _LOGGER.error("child_killed", index=self._index, after_seconds=patience)
            process.kill()
            await process.wait()


@contextmanager
def _metrics_folder(settings: ServerSettings) -> Iterator[Path]:
    """Yield a folder without numbers: what an earlier server counted is not ours to go on with."""
    if settings.metrics_dir is None:
        with tempfile.TemporaryDirectory(prefix="campotech-metrics-") as temporary:
            yield Path(temporary)
        return
    settings.metrics_dir.mkdir(parents=True, exist_ok=True)
    for leftover in settings.metrics_dir.glob("*.db"):
        leftover.unlink()
    yield settings.metrics_dir
