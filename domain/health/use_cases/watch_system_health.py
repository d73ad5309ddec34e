"""Somebody follows how well everything works."""

from collections.abc import AsyncGenerator

from domain.health.ports import HealthView
from domain.health.system_health import SystemHealth


async def watch_system_health(
    view: HealthView, *, heartbeat_seconds: float
) -> AsyncGenerator[SystemHealth, None]:
    """Yield the health now, at each change, and in quiet times as a sign of life; without end.

    Nothing waits for a reader: one that is slow gets the newest and not what it missed.
    """
    health = view.current()
    while True:
        yield health
        health = await view.news_after(health, heartbeat_seconds)
