"""What a bucket's answers mean: only that a blob is not there is no failure of the store."""

import httpx
import pytest

from adapters.blobs.s3_answers import (
    BlobStoreFailedError,
    LookRefusedError,
    blob_in,
    is_about_no_blob,
)
from domain.blobs.blob import StoredBlob

NO_KEY = "<Error><Code>NoSuchKey</Code><Message>…</Message></Error>"
NO_BUCKET = "<Error><Code>NoSuchBucket</Code><Message>…</Message></Error>"
DENIED = "<Error><Code>AccessDenied</Code></Error>"
SLOW_DOWN = "<Error><Code>SlowDown</Code></Error>"


def test_what_is_there_is_told_with_its_type_and_size() -> None:
    answer = httpx.Response(200, headers={"content-type": "image/png", "content-length": "1700"})

    assert blob_in(answer) == StoredBlob(content_type="image/png", size_bytes=1700)


@pytest.mark.parametrize("body", ["", NO_KEY])
def test_a_blob_that_is_not_there_is_an_answer(body: str) -> None:
    answer = httpx.Response(404, text=body)

    assert blob_in(answer) is None
    assert is_about_no_blob(answer)


def test_who_is_refused_a_look_does_not_learn_whether_there_is_a_blob() -> None:
    with pytest.raises(LookRefusedError):
        blob_in(httpx.Response(403))


def test_a_success_is_about_a_blob() -> None:
    assert not is_about_no_blob(httpx.Response(204))


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (404, NO_BUCKET, "404 NoSuchBucket"),
        (403, DENIED, "403 AccessDenied"),
        (301, "", "301"),
        (400, "not XML", "400"),
        (429, "", "429"),
        (500, "<html>", "500"),
        (503, SLOW_DOWN, "503 SlowDown"),
    ],
)
def test_any_other_refusal_is_the_stores_and_says_what_it_was(
    status: int, body: str, told: str
) -> None:
    with pytest.raises(BlobStoreFailedError) as failure:
        is_about_no_blob(httpx.Response(status, text=body))

    assert failure.value.message == f"The store answered {told}."


@pytest.mark.parametrize(
    "headers",
    [{"content-type": "image/png"}, {"content-length": "7"}, {"content-length": "some"}],
)
def test_a_store_that_does_not_say_what_it_has_has_failed(headers: dict[str, str]) -> None:
    with pytest.raises(BlobStoreFailedError):
        blob_in(httpx.Response(200, headers=headers))


def test_a_store_says_when_to_come_back() -> None:
    with pytest.raises(BlobStoreFailedError) as failure:
        blob_in(httpx.Response(503, headers={"Retry-After": "7"}))

    assert failure.value.retry_after_seconds == 7
