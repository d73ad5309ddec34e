"""A bucket that is down, slow, and back again: who asks is told at once, and links are signed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from adapters.blobs.opening import open_blob_store
from adapters.clock import SystemClock
from adapters.guarded_calls.breaker import BreakerRule
from adapters.guarded_calls.breaker_news import BreakerNews
from adapters.guarded_calls.ports import CallOutcome
from domain.blobs.ports import BlobStore, BlobStoreUnavailableError
from domain.health.status import Status
from tests.support.blob_builders import A_PHOTO, a_blob_key, content_of
from tests.support.clocks import StoppedClock
from tests.support.guarded import NotedCosts, NotedReports, a_breaker, guarded_calls
from tests.support.local_s3 import running_s3, settings_for
from tests.support.troubled_way import State, TroubledWay, troubled_way
from tests.support.waiting import eventually_true

FEATURE = "jobs.proofs"
RULE = BreakerRule(minimum_calls=2, retry_seconds=60, park_seconds=60)
HEAD = "head_object"


class Guarded:
    """A store behind a breaker, and what is known of the calls to it."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.costs = NotedCosts()
        self.reports = NotedReports()

    @asynccontextmanager
    async def store(
        self, way: TroubledWay, *, deadline_seconds: float = 5.0, tries: int = 1
    ) -> AsyncIterator[BlobStore]:
        news = BreakerNews("s3", self.reports, feature_id=FEATURE, status_when_open=Status.DEGRADED)
        calls = guarded_calls(
            deadline_seconds=deadline_seconds,
            tries=tries,
            breaker=a_breaker(rule=RULE, clock=self.clock, news=news),
            costs=self.costs,
        )
        async with open_blob_store(settings_for(way.url), SystemClock(), lambda: calls) as store:
            yield store


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with running_s3() as url:
        yield url


@pytest.fixture
async def way(s3_url: str) -> AsyncIterator[TroubledWay]:
    async with troubled_way(s3_url) as leading:
        yield leading


@pytest.fixture
def guarded() -> Guarded:
    return Guarded()


async def unavailable(store: BlobStore) -> BlobStoreUnavailableError:
    with pytest.raises(BlobStoreUnavailableError) as refusal:
        await store.find(a_blob_key())
    return refusal.value


async def test_a_bucket_that_is_down_is_left_alone_until_one_call_finds_it_back(
    way: TroubledWay, guarded: Guarded
) -> None:
    async with guarded.store(way) as store:
        way.become(State.BLOCKED)
        for _ in range(RULE.minimum_calls):
            await unavailable(store)
        asked = way.comers
        suspended = await unavailable(store)
        way.become(State.OPEN)
        before = way.comers
        guarded.clock.advance(timedelta(seconds=RULE.retry_seconds))

        found = await store.find(a_blob_key())

    assert (asked, before) == (RULE.minimum_calls, RULE.minimum_calls)
    assert suspended.retry_after_seconds == RULE.park_seconds
    assert found is None
    assert guarded.reports.reported == [(FEATURE, Status.DEGRADED), (FEATURE, Status.HEALTHY)]


async def test_a_bucket_that_does_not_answer_is_left_at_the_deadline_and_nothing_stays_behind(
    way: TroubledWay, guarded: Guarded
) -> None:
    async with guarded.store(way, deadline_seconds=0.3) as store:
        way.become(State.CLOGGED)

        await unavailable(store)

        async def is_empty() -> bool:
            return way.travellers == 0

        assert await eventually_true(is_empty)
    assert guarded.costs.outcomes == [(HEAD, CallOutcome.TIMED_OUT)]


async def test_a_call_that_failed_is_made_once_more(way: TroubledWay, guarded: Guarded) -> None:
    async with guarded.store(way, tries=2) as store:
        way.become(State.BLOCKED)

        await unavailable(store)

    assert guarded.costs.outcomes == [(HEAD, CallOutcome.FAILED)] * 2


async def test_links_are_signed_while_the_bucket_is_away(
    way: TroubledWay, guarded: Guarded
) -> None:
    async with guarded.store(way) as store:
        way.become(State.BLOCKED)
        await unavailable(store)
        asked = way.comers

        upload = await store.upload_link(a_blob_key(), content_of(A_PHOTO))
        download = await store.download_link(a_blob_key())

    assert upload.url.startswith(way.url)
    assert download.url.startswith(way.url)
    assert way.comers == asked


async def test_a_bucket_that_has_nothing_under_a_key_works(
    way: TroubledWay, guarded: Guarded
) -> None:
    async with guarded.store(way) as store:
        found = [await store.find(a_blob_key()) for _ in range(RULE.minimum_calls + 1)]

    assert found == [None] * (RULE.minimum_calls + 1)
    assert {outcome for _, outcome in guarded.costs.outcomes} == {CallOutcome.OK}
