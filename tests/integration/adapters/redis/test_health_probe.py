import os
import signal
import socket

from adapters.redis.health_probe import CacheProbe
from domain.health.status import Status
from tests.support.servers import RunningValkey


async def test_a_cache_that_answers_is_healthy(valkey_url: str) -> None:
    probe = CacheProbe(valkey_url)

    status = await probe.look()

    await probe.close()
    assert status is Status.HEALTHY


async def test_where_nothing_listens_the_cache_is_offline() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        probe = CacheProbe(f"redis://127.0.0.1:{silent.getsockname()[1]}")

        status = await probe.look()

        await probe.close()
    assert status is Status.OFFLINE


async def test_a_frozen_cache_is_slow_first_then_offline_and_healthy_when_it_thaws(
    valkey_server: RunningValkey, valkey_url: str
) -> None:
    probe = CacheProbe(valkey_url, timeout_seconds=0.1)
    seen = [await probe.look()]

    os.kill(valkey_server.child.pid, signal.SIGSTOP)
    try:
        seen += [await probe.look() for _ in range(3)]
    finally:
        os.kill(valkey_server.child.pid, signal.SIGCONT)
    seen.append(await probe.look())

    await probe.close()
    assert seen == [
        Status.HEALTHY,
        Status.DEGRADED,
        Status.OFFLINE,
        Status.OFFLINE,
        Status.HEALTHY,
    ]
