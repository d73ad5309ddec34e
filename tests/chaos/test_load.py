from pathlib import Path

from cli.local_platform.platform import LocalPlatform
from tests.support.background_load import background_load
from tests.support.bookkeeping import Bookkeeping


async def test_load(platform: LocalPlatform, books: Bookkeeping, tmp_path: Path) -> None:
    async with background_load(platform, tmp_path) as load:
        assert await load.jobs_get_done(4)
        await load.end()

        assert await books.discrepancies(load) == []
