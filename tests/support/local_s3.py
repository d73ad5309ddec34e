"""A store that speaks S3, as moto plays it: it checks no signatures."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from adapters.blobs.settings import BlobSettings

BUCKET = "campotech-proofs"


@contextmanager
def running_s3() -> Iterator[str]:
    """Yield the address of a store with one bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    httpx.put(f"{url}/{BUCKET}").raise_for_status()
    yield url
    server.stop()


def settings_for(url: str, *, bucket: str = BUCKET) -> BlobSettings:
    return BlobSettings(
        blob_bucket=bucket,
        blob_s3_url=url,
        blob_s3_access_key="of-tests",
        blob_s3_secret_key=SecretStr("of-tests"),
    )
