"""What a keeper does about what it stands on itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from adapters.clock import SystemClock, Uuid7Source
from adapters.postgres.alert_book import PostgresAlertBook
from adapters.postgres.health_probe import DatabaseProbe
from adapters.postgres.pools import Pool
from adapters.redis.health_probe import CacheProbe
from domain.alerts import AlertSender
from workers.keeper.component_watch import CacheWatch, DatabaseWatch
from workers.keeper.direct_courier import DirectCourier
from workers.keeper.duty import Duty
from workers.settings import KeeperSettings

LOOK_SECONDS = 2.0


@asynccontextmanager
async def open_component_duties(
    settings: KeeperSettings, pool: Pool, senders: Sequence[AlertSender]
) -> AsyncIterator[Sequence[Duty]]:
    """Yield the duties, over connections of their own: the pool's may all be in use."""
    clock = SystemClock()
    courier = DirectCourier(senders, clock, Uuid7Source())
    async with AsyncExitStack() as stack:
        database = DatabaseProbe(settings.database_system_url.get_secret_value())
        stack.push_async_callback(database.close)
        cache = CacheProbe(settings.redis_url.get_secret_value())
        stack.push_async_callback(cache.close)
        work = {
            "database_watch": DatabaseWatch(database, courier, clock).work,
            "cache_watch": CacheWatch(cache, PostgresAlertBook(pool), clock).work,
            "direct_alerts": courier.deliver,
        }
        yield [
            Duty(name=name, every_seconds=LOOK_SECONDS, work=action)
            for name, action in work.items()
        ]
