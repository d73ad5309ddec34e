"""The parts of the day, each with a time within which it must succeed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from campotech_client import CampoTechError


class DayFailedError(Exception):
    """A part of the day did not succeed; the message says which and why."""


@asynccontextmanager
async def stage(name: str, *, within_seconds: float) -> AsyncIterator[None]:
    """Turn whatever goes wrong inside into a DayFailedError that names the stage."""
    try:
        async with asyncio.timeout(within_seconds):
            yield
    except TimeoutError as error:
        raise DayFailedError(f"{name}: not done within {within_seconds:.0f} s.") from error
    except (CampoTechError, httpx.HTTPError) as error:
        raise DayFailedError(f"{name}: {str(error) or repr(error)}") from error
