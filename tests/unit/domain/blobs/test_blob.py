"""Keys of blobs: what they look like, and that nothing else is one."""

import pytest

from domain.blobs.blob import BlobKey, BlobKeyError, ContentType
from tests.support.blob_builders import a_blob_key

UUID = "01890000-0000-7000-8000-000000000001"
ORGANIZATION = f"organizations/{UUID}"
NAME = f"{UUID}.jpg"


@pytest.mark.parametrize("content_type", ContentType)
def test_a_key_is_read_as_it_was_written(content_type: ContentType) -> None:
    key = a_blob_key(content_type=content_type)

    assert BlobKey.parse(str(key)) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        NAME,
        f"{ORGANIZATION}/job-proofs/../../../etc/passwd",
        f"../{ORGANIZATION}/job-proofs/{NAME}",
        f"/{ORGANIZATION}/job-proofs/{NAME}",
        f"{ORGANIZATION}/job-proofs//{NAME}",
        f"{ORGANIZATION}/job-proofs/{NAME}\n",
        f"{ORGANIZATION}/job-proofs/{NAME}.html",
        f"{ORGANIZATION}/job-proofs/{UUID}.html",
        f"{ORGANIZATION}/invoices/{NAME}",
        f"{ORGANIZATION}/job-proofs/{UUID[:-1]}A.jpg",
        f"{ORGANIZATION}/job-proofs/{NAME}\0",
    ],
)
def test_nothing_else_is_a_key(text: str) -> None:
    with pytest.raises(BlobKeyError):
        BlobKey.parse(text)
