import asyncio

from structlog.testing import capture_logs

from server.steady_reading import SteadyReading

NEVER_SECONDS = 3600


async def test_a_reading_whose_answer_never_comes_is_begun_anew() -> None:
    begun = 0
    is_read = asyncio.Event()

    async def read() -> bool:
        nonlocal begun
        begun += 1
        if begun == 1:
            await asyncio.sleep(NEVER_SECONDS)
        is_read.set()
        return False

    reading = SteadyReading(read, what="news", every_seconds=0.01, limit_seconds=0.05)
    with capture_logs() as logs:
        async with asyncio.timeout(5), reading.running():
            await is_read.wait()
            await asyncio.sleep(0)

    assert [entry["event"] for entry in logs] == ["news_not_read", "news_read_again"]
