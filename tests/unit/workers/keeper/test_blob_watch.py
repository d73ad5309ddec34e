import pytest

from domain.health.feature import FEATURE_IDS, JOB_PROOFS
from domain.health.status import Status
from tests.support.clocks import StoppedClock
from tests.support.given_health import GivenFeatures
from tests.support.in_memory_blobs import InMemoryBlobStore
from workers.keeper.blob_watch import BlobWatch


@pytest.fixture
def blobs() -> InMemoryBlobStore:
    return InMemoryBlobStore(StoppedClock())


@pytest.fixture
def features() -> GivenFeatures:
    return GivenFeatures()


async def test_a_store_that_was_away_is_asked_whether_it_is_back(
    blobs: InMemoryBlobStore, features: GivenFeatures
) -> None:
    features.report(JOB_PROOFS, Status.DEGRADED)

    is_more = await BlobWatch(blobs, features).work()

    assert not is_more
    assert len(blobs.looked_for) == 1
    assert JOB_PROOFS in FEATURE_IDS


@pytest.mark.parametrize("status", [Status.HEALTHY, None])
async def test_a_store_that_works_or_was_never_used_is_left_alone(
    blobs: InMemoryBlobStore, features: GivenFeatures, status: Status | None
) -> None:
    if status is not None:
        features.report(JOB_PROOFS, status)

    await BlobWatch(blobs, features).work()

    assert blobs.looked_for == []


async def test_a_store_that_is_still_away_is_no_failure_of_the_keeper(
    blobs: InMemoryBlobStore, features: GivenFeatures
) -> None:
    features.report(JOB_PROOFS, Status.DEGRADED)
    blobs.is_away = True

    await BlobWatch(blobs, features).work()

    assert len(blobs.looked_for) == 1
