"""A bucket that is away: proofs alone suffer, callers are told when to come back, and it heals."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import httpx
import pytest
import pytest_asyncio

from campotech.health.v1 import health_pb2
from campotech.health.v1.system_health_pb2 import (
    FEATURE_STATUS_DEGRADED,
    FEATURE_STATUS_HEALTHY,
    FeatureStatus,
)
from campotech.jobs.v1 import jobs_pb2
from tests.support.blob_builders import A_PHOTO
from tests.support.businesses import Business, a_business
from tests.support.local_s3 import running_s3, settings_for
from tests.support.proofs import announcing, confirmed, proofs_of
from tests.support.refusals import refused
from tests.support.rpc import running_api
from tests.support.servers import Database
from tests.support.troubled_way import State, TroubledWay, troubled_way
from tests.support.waiting import eventually_true

MINIMUM_CALLS = 4
RETRY_SECONDS = 2.0


@pytest.fixture
def s3_url() -> Iterator[str]:
    with running_s3() as url:
        yield url


@pytest_asyncio.fixture
async def way(s3_url: str) -> AsyncIterator[TroubledWay]:
    async with troubled_way(s3_url) as leading:
        yield leading


@pytest_asyncio.fixture
async def business(
    database: Database, valkey_url: str, tmp_path: Path, way: TroubledWay
) -> AsyncIterator[Business]:
    outside = {
        **settings_for(way.url).model_dump(include={"blob_bucket", "blob_s3_url"}),
        "blob_s3_access_key": "of-tests",
        "blob_s3_secret_key": settings_for(way.url).blob_s3_secret_key,
        "blob_s3_deadline_seconds": 1.0,
        "breaker_minimum_calls": MINIMUM_CALLS,
        "breaker_retry_seconds": RETRY_SECONDS,
    }
    async with running_api(database, valkey_url, tmp_path, outside=outside) as api:
        yield await a_business(api)


async def proofs_are(business: Business, status: "FeatureStatus.ValueType") -> bool:
    answer = await business.office.health.GetSystemHealth(health_pb2.GetSystemHealthRequest())
    return any(
        feature.id == "jobs.proofs" and feature.status == status
        for feature in answer.health.features
    )


async def test_while_the_bucket_is_away_confirming_is_refused_and_all_else_goes_on(
    business: Business, way: TroubledWay
) -> None:
    job = await business.job()
    offer = await business.office.jobs.CreateJobProofUpload(announcing(job.name))
    async with httpx.AsyncClient() as http:
        put = await http.put(offer.upload_uri, content=A_PHOTO, headers=dict(offer.upload_headers))
        put.raise_for_status()
    way.become(State.BLOCKED)

    refusals = [
        await refused(confirmed(business.office, offer.proof)) for _ in range(MINIMUM_CALLS)
    ]

    assert {(each.code, each.reason) for each in refusals} == {
        (grpc.StatusCode.UNAVAILABLE, "BLOB_STORE_UNAVAILABLE")
    }
    assert all(each.retry_after_seconds for each in refusals)
    assert refusals[-1].retry_after_seconds == RETRY_SECONDS
    assert await eventually_true(lambda: proofs_are(business, FEATURE_STATUS_DEGRADED))
    another = await business.office.jobs.CreateJobProofUpload(announcing(job.name))
    assert another.upload_uri.startswith(way.url)
    assert await proofs_of(business.office, job.name) == []
    listed = await business.office.jobs.ListJobs(jobs_pb2.ListJobsRequest())
    assert [each.name for each in listed.jobs] == [job.name]

    way.become(State.OPEN)

    async def is_confirmed() -> bool:
        try:
            await confirmed(business.office, offer.proof)
        except grpc.aio.AioRpcError:
            return False
        return True

    assert await eventually_true(is_confirmed)
    assert await eventually_true(lambda: proofs_are(business, FEATURE_STATUS_HEALTHY))


async def test_a_bucket_that_does_not_answer_holds_no_caller_beyond_its_deadline(
    business: Business, way: TroubledWay
) -> None:
    job = await business.job()
    offer = await business.office.jobs.CreateJobProofUpload(announcing(job.name))
    way.become(State.CLOGGED)

    refusal = await refused(confirmed(business.office, offer.proof))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "BLOB_STORE_UNAVAILABLE",
    )
    assert refusal.retry_after_seconds == 1.0
