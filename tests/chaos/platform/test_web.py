"""`web` is killed again and again while photos are uploaded: each is there whole, and once."""

import asyncio
import os

from campotech_client import new_request_id
from campotech_client.errors import UnavailableError
from campotech_client.resources import Job
from cli.local_platform.platform import LocalPlatform
from tests.support.platform_business import PlatformBusiness

PHOTOS = 12
KILLS = 3
PATIENCE_SECONDS = 120.0


async def add_photo(business: PlatformBusiness, job: Job, picture: bytes) -> None:
    """Do as a phone does: repeat the whole upload under one request id until it is through."""
    request_id = new_request_id()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await business.office.proofs.add(
                    job.name,
                    kind=Job.PROOF_KIND_PHOTO,
                    picture=picture,
                    request_id=request_id,
                )
            except UnavailableError:
                continue
            return


async def keep_killing(platform: LocalPlatform) -> None:
    web = platform.process("web")
    for _ in range(KILLS):
        first = web.pid
        web.kill()
        await web.wait_for_restart(after=first)


async def test_uploads_outlive_the_process_that_takes_them(
    platform: LocalPlatform, business: PlatformBusiness
) -> None:
    job = await business.create_job()
    pictures = [os.urandom(2 * 1024 * 1024) for _ in range(PHOTOS)]

    await asyncio.gather(
        keep_killing(platform), *(add_photo(business, job, picture) for picture in pictures)
    )

    proofs = await business.office.proofs.list(job.name).first(PHOTOS + 1)
    stored = [await business.office.proofs.download(proof) for proof in proofs]
    assert sorted(stored) == sorted(pictures)
