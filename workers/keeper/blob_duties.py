"""What a keeper does about blobs, where the settings describe a store of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from adapters.blobs.opening import open_blob_store
from adapters.clock import SystemClock
from adapters.guarded_calls.metrics import PrometheusCallCosts
from adapters.postgres.forgotten_uploads import PostgresForgottenUploads
from adapters.postgres.pools import Pool
from adapters.provider_calls import bucket_calls
from adapters.redis.client import create_patient_redis
from adapters.redis.feature_reports import RedisFeatureReports
from adapters.redis.shared_guard import SharedGuard
from workers.keeper.blob_watch import BlobWatch
from workers.keeper.duty import Duty
from workers.keeper.upload_cleaner import UploadCleaner
from workers.settings import KeeperSettings


@asynccontextmanager
async def open_blob_duties(
    settings: KeeperSettings, pool: Pool, features: RedisFeatureReports
) -> AsyncIterator[Sequence[Duty]]:
    """Yield the duties; none without a store."""
    if not settings.has_blob_store:
        yield []
        return
    clock = SystemClock()
    redis = create_patient_redis(settings.redis_url.get_secret_value())
    try:
        guard = SharedGuard(redis, clock=clock, costs=PrometheusCallCosts())
        calls = partial(bucket_calls, guard, settings, features)
        async with open_blob_store(settings, clock, calls) as blobs:
            cleaner = UploadCleaner(PostgresForgottenUploads(pool), blobs)
            watch = BlobWatch(blobs, features)
            yield [
                Duty(name="proof_uploads", every_seconds=600.0, work=cleaner.work),
                Duty(name="blob_watch", every_seconds=5.0, work=watch.work),
            ]
    finally:
        await redis.aclose()
