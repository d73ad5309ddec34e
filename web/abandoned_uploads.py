"""Deletes, at the start and then every hour, what uploads left behind that a crash cut off."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from adapters.blobs.local_folder import LocalFolder

SWEEP_SECONDS = 3600.0
_log = structlog.get_logger(__name__)


@asynccontextmanager
async def forgetting_abandoned(
    folder: LocalFolder, *, every_seconds: float = SWEEP_SECONDS
) -> AsyncIterator[None]:
    """Keep the folder free of them meanwhile.

    Once at the start is not enough: what the crash before it left is too young then to be told
    from what another process is writing.
    """
    sweeping = asyncio.create_task(_sweep(folder, every_seconds), name="abandoned uploads")
    try:
        yield
    finally:
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping


async def _sweep(folder: LocalFolder, every_seconds: float) -> None:
    while True:
        try:
            count = await asyncio.to_thread(folder.forget_abandoned)
        except OSError as error:
            _log.warning("abandoned_uploads_not_deleted", error=str(error))
        else:
            if count:
                _log.info("abandoned_uploads_deleted", count=count)
        await asyncio.sleep(every_seconds)
