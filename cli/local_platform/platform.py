"""The running platform, for `campotech up`, the demo, and tests that kill parts of it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, closing, suppress
from typing import Self

from cli.edge.caller_limit import CallerLimit
from cli.edge.configuration import Edge
from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_platform.health import wait_until_healthy
from cli.local_platform.programs import DATABASE, LocalServers, Programs
from cli.local_platform.state_folder import StateFolder
from cli.local_platform.supervision import ManagedProcess, Program, Report, watch
from cli.local_servers.children import Children
from cli.local_servers.envoy import LocalEnvoy
from cli.local_servers.ports import LOOPBACK, HeldPorts
from cli.local_servers.postgres import DURABLE, LocalPostgres
from cli.local_servers.valkey import LocalValkey
from cli.seed import seed_demo_organization
from cli.settings import LocalSettings
from db.migrate import migrate
from db.roles import APP, OWNER

HEALTHY_TIMEOUT_SECONDS = 120.0


class LocalPlatform:
    """Everything that `campotech up` starts: entering starts it, leaving stops it.

    The programs inherit `environment`, with which tests change their settings, and come to the
    database by the address that `app_address` makes of its own.
    """

    def __init__(
        self,
        settings: LocalSettings,
        *,
        environment: Mapping[str, str],
        report: Report = lambda _event: None,
        postgres_parameters: Mapping[str, str] = DURABLE,
        app_address: Callable[[str], str] = str,
    ) -> None:
        self.settings = settings
        self.folder = StateFolder.at(settings.state_dir)
        self.keys = DevelopmentKeys(self.folder.keys)
        self._environment = environment
        self._report = report
        self._postgres_parameters = postgres_parameters
        self._app_address = app_address
        self._running = AsyncExitStack()
        self._servers: LocalServers | None = None
        self._processes: dict[str, ManagedProcess] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as starting:
            await self._start(starting)
            self._running = starting.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()

    @property
    def edge_url(self) -> str:
        return self.settings.edge_url

    @property
    def grpc_address(self) -> str:
        return self.settings.grpc_address

    @property
    def sandbox_url(self) -> str:
        return self.settings.sandbox_url

    @property
    def servers(self) -> LocalServers:
        """Return Postgres and Valkey, which know their addresses."""
        if self._servers is None:
            raise RuntimeError("The platform is not running.")
        return self._servers

    def database_url(self, role: str) -> str:
        return self.servers.postgres.url(role, database=DATABASE)

    def process(self, name: str) -> ManagedProcess:
        """Return `postgres`, `valkey`, `sandbox`, `web`, `envoy`, `server`, `keeper` and the like.

        Workers are `worker-<tier>`.
        """
        return self._processes[name]

    async def wait_until_healthy(self) -> None:
        """Return once all works as seen through the edge; raise StartError if it never does."""
        await wait_until_healthy(self.edge_url, timeout_seconds=HEALTHY_TIMEOUT_SECONDS)

    def kill(self) -> None:
        """Kill every program at once; those who wait for one to stop then need not wait."""
        for process in self._processes.values():
            process.kill()

    async def restart_postgres(self) -> None:
        await self.process("postgres").stop()
        await self.process("postgres").start()

    async def wipe_valkey(self) -> None:
        """Take everything from Valkey, as a failover to an empty one would."""
        await asyncio.to_thread(self._wipe_valkey)

    def _wipe_valkey(self) -> None:
        with self.servers.valkey.connect() as client:
            client.flushall()

    async def _start(self, starting: AsyncExitStack) -> None:
        lock = starting.enter_context(closing(await asyncio.to_thread(self.folder.lock)))
        ports = starting.enter_context(HeldPorts())
        for setting, port in self.settings.ports():
            ports.hold(port, setting=setting)
        self.keys.ensure()
        children = starting.enter_context(Children(self.folder.logs, lock=lock))
        self._servers = self._local_servers(children)
        programs = Programs(
            settings=self.settings,
            folder=self.folder,
            keys=self.keys,
            servers=self._servers,
            children=children,
            inherited=self._environment,
            app_address=self._app_address,
        )
        await self._start_processes(starting, children, programs)
        await self.wait_until_healthy()

    async def _start_processes(
        self, starting: AsyncExitStack, children: Children, programs: Programs
    ) -> None:
        postgres = self._add(self._postgres_program())
        valkey = self._add(self._valkey_program())
        sandbox = self._add(programs.sandbox())
        web = self._add(programs.web())
        ours = [self._add(program) for program in programs.ours()]
        envoy = self._add(self._envoy_program(children))
        # The edge first, so that nobody calls what is about to end; what others stand on last.
        for stopped_together in ([postgres], [valkey, sandbox], [*ours, web], [envoy]):
            starting.push_async_callback(_stop, stopped_together)
        watcher = asyncio.create_task(watch(list(self._processes.values()), children.rotate_logs))
        starting.push_async_callback(_cancel, watcher)
        await _together(
            self._start_on_storage(postgres, valkey, ours),
            sandbox.start(),
            web.start(),
            envoy.start(),
        )

    async def _start_on_storage(
        self, postgres: ManagedProcess, valkey: ManagedProcess, ours: Iterable[ManagedProcess]
    ) -> None:
        await _together(self._start_database(postgres), valkey.start())
        await _together(*(process.start() for process in ours))

    def _add(self, program: Program) -> ManagedProcess:
        process = self._processes[program.name] = ManagedProcess(program, self._report)
        return process

    async def _start_database(self, postgres: ManagedProcess) -> None:
        await postgres.start()
        await asyncio.to_thread(self.servers.postgres.ensure_database, DATABASE)
        await asyncio.to_thread(migrate, self.database_url(OWNER))
        await seed_demo_organization(self.database_url(APP))

    def _local_servers(self, children: Children) -> LocalServers:
        return LocalServers(
            postgres=LocalPostgres(
                self.folder.postgres,
                port=self.settings.postgres_port,
                children=children,
                parameters=self._postgres_parameters,
            ),
            valkey=LocalValkey(
                self.folder.valkey, port=self.settings.valkey_port, children=children
            ),
        )

    def _postgres_program(self) -> Program:
        postgres = self.servers.postgres
        return Program(
            name="postgres",
            prepare=postgres.prepare,
            start=postgres.start,
            wait_until_ready=postgres.wait_until_ready,
        )

    def _valkey_program(self) -> Program:
        valkey = self.servers.valkey
        return Program(name="valkey", start=valkey.start, wait_until_ready=valkey.wait_until_ready)

    def _envoy_program(self, children: Children) -> Program:
        edge = Edge(
            address=LOOPBACK,
            port=self.settings.edge_port,
            admin_port=self.settings.edge_admin_port,
            server_ports=self.settings.private_ports(),
            cors_origins=self.settings.cors_origins,
            max_deadline_seconds=self.settings.max_deadline_seconds,
            caller_limit=CallerLimit(
                calls_per_second=self.settings.caller_calls_per_second,
                window_seconds=self.settings.limit_window_seconds,
            ),
            web_port=self.settings.web_port,
        )
        envoy = LocalEnvoy(self.folder.envoy, edge=edge, children=children)
        return Program(
            name="envoy",
            prepare=envoy.prepare,
            start=envoy.start,
            wait_until_ready=envoy.wait_until_ready,
            stop_timeout_seconds=3,
        )


async def _together(*starts: Coroutine[None, None, None]) -> None:
    """Await all at once; when one fails, cancel the others and raise its error alone."""
    try:
        async with asyncio.TaskGroup() as group:
            for start in starts:
                group.create_task(start)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures


async def _stop(processes: Iterable[ManagedProcess]) -> None:
    await asyncio.gather(*(process.stop() for process in processes))


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
