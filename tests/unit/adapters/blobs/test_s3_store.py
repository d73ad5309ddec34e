"""What a bucket refuses us: only that a look is refused says nothing against it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from structlog.testing import capture_logs

from adapters.blobs.s3_links import open_s3_links
from adapters.blobs.s3_store import S3BlobStore
from adapters.blobs.settings import BlobSettings
from adapters.clock import SystemClock
from adapters.guarded_calls.breaker import BreakerRule
from adapters.guarded_calls.ports import CallOutcome
from domain.blobs.blob import BlobKey
from domain.blobs.ports import BlobStoreUnavailableError
from tests.support.blob_builders import a_blob_key
from tests.support.guarded import NotedCosts, a_breaker, guarded_calls

RULE = BreakerRule(minimum_calls=2, retry_seconds=60, park_seconds=60)
SETTINGS = BlobSettings.model_validate(
    {"blob_s3_access_key": "of-tests", "blob_s3_secret_key": "of-tests"}
)
Asking = Callable[[S3BlobStore, BlobKey], Awaitable[object]]


@asynccontextmanager
async def a_store_that_is_refused(costs: NotedCosts) -> AsyncIterator[S3BlobStore]:
    """Yield a store on a bucket that answers 403 to everything."""
    answers = httpx.MockTransport(lambda _: httpx.Response(403))
    calls = guarded_calls(tries=2, breaker=a_breaker(rule=RULE), costs=costs)
    async with httpx.AsyncClient(transport=answers) as client:
        yield S3BlobStore(open_s3_links(SETTINGS, bucket="b"), client, SystemClock(), calls)


async def outcomes_of(asking: Asking, *, times: int) -> NotedCosts:
    costs = NotedCosts()
    async with a_store_that_is_refused(costs) as store:
        for _ in range(times):
            with pytest.raises(BlobStoreUnavailableError):
                await asking(store, a_blob_key())
    return costs


async def test_however_many_looks_are_refused_the_bucket_is_asked_again() -> None:
    times = 5 * RULE.minimum_calls

    costs = await outcomes_of(S3BlobStore.find, times=times)

    assert costs.outcomes == [("head_object", CallOutcome.REFUSED)] * times
    assert costs.causes == []


async def test_a_refused_look_is_logged_with_its_likely_cause() -> None:
    with capture_logs() as logs:
        await outcomes_of(S3BlobStore.find, times=1)

    (refused,) = [entry for entry in logs if entry["event"] == "bucket_refused_look"]
    assert "s3:ListBucket" in refused["likely_cause"]


async def test_a_bucket_that_lets_us_delete_nothing_is_left_alone() -> None:
    costs = await outcomes_of(S3BlobStore.delete, times=RULE.minimum_calls + 1)

    assert {outcome for _, outcome in costs.outcomes} == {CallOutcome.FAILED}
    assert "breaker_open" in costs.causes
