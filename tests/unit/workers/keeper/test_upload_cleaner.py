import pytest

from domain.errors import TemporaryError
from tests.support.blob_builders import A_PHOTO
from tests.support.builders import a_job, a_proof_upload
from tests.support.clocks import StoppedClock
from tests.support.in_memory_blobs import InMemoryBlobStore
from tests.support.in_memory_uploads import InMemoryForgottenUploads
from workers.keeper.upload_cleaner import MOST_AT_ONCE, UploadCleaner


async def test_what_nobody_confirmed_is_deleted_with_its_picture() -> None:
    uploads = InMemoryForgottenUploads(a_proof_upload(a_job()), a_proof_upload(a_job()))
    blobs = InMemoryBlobStore(StoppedClock())
    blobs.blobs[uploads.waiting[0].key] = A_PHOTO

    is_more = await UploadCleaner(uploads, blobs).work()

    assert not is_more
    assert uploads.waiting == []
    assert blobs.blobs == {}


async def test_many_are_deleted_some_at_a_time() -> None:
    job = a_job()
    uploads = InMemoryForgottenUploads(*(a_proof_upload(job) for _ in range(MOST_AT_ONCE + 1)))
    cleaner = UploadCleaner(uploads, InMemoryBlobStore(StoppedClock()))

    assert await cleaner.work()
    assert not await cleaner.work()
    assert uploads.waiting == []


async def test_what_could_not_be_forgotten_is_deleted_again() -> None:
    uploads = InMemoryForgottenUploads(a_proof_upload(a_job()))
    cleaner = UploadCleaner(uploads, InMemoryBlobStore(StoppedClock()))
    uploads.is_away = True
    with pytest.raises(TemporaryError):
        await cleaner.work()
    uploads.is_away = False

    await cleaner.work()

    assert uploads.waiting == []
