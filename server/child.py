"""One child: serves calls on the shared port and on one of its own until it is told to stop."""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import prometheus_client
import structlog
import uvloop
from prometheus_client import CollectorRegistry

from adapters.settings import AdapterSettings
from adapters.wiring import PoolSizes, open_adapters, open_whatsapp_numbers
from domain.directory.standing import Standing
from server.api_key_watch import ApiKeyWatch
from server.api_keys import ApiKeyVerifier
from server.api_server import ApiServer
from server.bootstrap import build_server, build_services
from server.health_watch import HealthWatch
from server.settings import ServerSettings
from server.signing_keys import SigningKeys
from server.standing_watch import StandingWatch
from server.tokens import TokenVerifier

# Shared out among the children, so that more cores do not mean more connections to the database.
_APP_CONNECTIONS = 20
_SYSTEM_CONNECTIONS = 6

_COLLECTION_THRESHOLDS = (20_000, 20, 20)

_LOGGER: structlog.stdlib.BoundLogger = structlog.get_logger()


def run_child(settings: ServerSettings, adapter_settings: AdapterSettings, index: int) -> None:
    """Serve until SIGTERM, or until the parent is gone."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, adapter_settings, index))


async def _serve(settings: ServerSettings, adapter_settings: AdapterSettings, index: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    # Ctrl-C reaches the whole group; the parent alone decides what it means.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    _stop_with_parent()
    async with running_server(settings, adapter_settings, process=f"server {index}") as server:
        server.listen(settings.grpc_host, settings.grpc_port)
        server.listen(settings.grpc_host, settings.private_port(index))
        await server.start()
        _spare_what_stays()
        _LOGGER.info(
            "child_serving", port=settings.grpc_port, private_port=settings.private_port(index)
        )
        await stop.wait()
        _LOGGER.info("child_draining")
        await server.drain()
    _LOGGER.info("child_stopped")


@asynccontextmanager
async def running_server(
    settings: ServerSettings,
    adapter_settings: AdapterSettings,
    *,
    process: str,
    registry: CollectorRegistry = prometheus_client.REGISTRY,
) -> AsyncIterator[ApiServer]:
    """Yield a server on open adapters that listens nowhere yet; stop it when the block ends."""
    async with AsyncExitStack() as stack:
        adapters = await stack.enter_async_context(
            open_adapters(adapter_settings, process=process, pool_sizes=pool_sizes(settings))
        )
        whatsapp_numbers = await stack.enter_async_context(
            open_whatsapp_numbers(adapter_settings, adapters)
        )
        keys = SigningKeys(settings.jwks_url)
        await stack.enter_async_context(keys.kept_fresh())
        watch = HealthWatch(
            adapters.health_probes,
            adapters.clock,
            every_seconds=settings.health_probe_seconds,
            on_recovery=adapters.repairs,
            reported=adapters.feature_states,
        )
        await stack.enter_async_context(watch.running())
        tokens = TokenVerifier(
            keys,
            issuer=settings.token_issuer,
            audience=settings.token_audience,
            standings=adapters.standings,
        )
        api_keys = ApiKeyVerifier(adapters.presented_keys)
        server = build_server(
            build_services(
                adapters,
                settings,
                health=watch,
                whatsapp_numbers=whatsapp_numbers,
                registry=registry,
            ),
            settings,
            tokens=tokens,
            api_keys=api_keys,
            ids=adapters.ids,
            shared_counts=adapters.shared_counts,
            registry=registry,
            traces=adapters.traces,
        )
        stack.push_async_callback(server.stop)

        def hear(changed: Sequence[Standing]) -> None:
            # First the tokens: a stream that is ended comes back at once.
            tokens.standings_changed(changed)
            server.streams.end_of(changed)

        every_seconds = settings.standing_news_seconds
        standings = StandingWatch(adapters.standings, hear, every_seconds=every_seconds)
        await stack.enter_async_context(standings.running())
        keys_in_use = ApiKeyWatch(api_keys, server.streams, every_seconds=every_seconds)
        await stack.enter_async_context(keys_in_use.running())
        yield server


def pool_sizes(settings: ServerSettings) -> PoolSizes:
    return PoolSizes(
        app=max(2, _APP_CONNECTIONS // settings.server_processes),
        system=max(1, _SYSTEM_CONNECTIONS // settings.server_processes),
    )


def _spare_what_stays() -> None:
    """Let the garbage collector skip what was made so far and look less often at the rest.

    With many streams open most objects live long, and looking through them all stops the loop.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTION_THRESHOLDS)


def _stop_with_parent() -> None:
    """End this process when the parent is gone, killed without a word: its pipe then closes.

    A thread of its own, because the loop may be what hangs.
    """

    def wait_for_the_end() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait_for_the_end, name="parent-watch", daemon=True).start()
