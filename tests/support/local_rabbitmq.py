"""A RabbitMQ of a test's own, from the machine's own package; there is no wheel of it."""

import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pika
from pika.exceptions import AMQPError

from adapters.dispatch.messages import queue_of
from adapters.dispatch.rabbitmq_broker import MEMORY_QUEUE
from cli.local_servers.children import Child, Children, attempts
from cli.local_servers.errors import StartError
from cli.local_servers.ports import LOOPBACK, HeldPorts
from domain.operations.task_type import Tier

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Where Debian's package has it; what it puts on the PATH wants to change the user first."""
MAPPER = Path("/usr/bin/epmd")
CONTROL = SERVER.with_name("rabbitmqctl")
READY_TIMEOUT_SECONDS = 90.0


def is_installed() -> bool:
    return SERVER.exists() and MAPPER.exists()


class LocalRabbitmq:
    """One RabbitMQ and the port mapper that it cannot start without, on loopback alone."""

    def __init__(self, folder: Path, *, ports: HeldPorts, children: Children) -> None:
        self._folder = folder
        self._children = children
        self._port = ports.hold_any()
        self._distribution_port = ports.hold_any()
        self._mapper_port = ports.hold_any()
        self._mapper: Child | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{LOOPBACK}:{self._port}/%2F"

    def start(self) -> Child:
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._mapper is None:
            self._mapper = self._start_mapper()
        return self._children.start("rabbitmq", [str(SERVER)], environment=self._environment())

    def wait_until_ready(self, child: Child) -> None:
        for _ in attempts(READY_TIMEOUT_SECONDS):
            child.require_running()
            try:
                self.connect().close()
            except (AMQPError, OSError):
                continue
            return
        raise StartError(f"RabbitMQ answers nobody; see {child.log_path}.\n{child.log_tail()}")

    def cut_connections(self) -> None:
        subprocess.run(  # noqa: S603 -- the package's own command
            [str(CONTROL), "close_all_connections", "cut by a test"],
            env=self._environment(),
            check=True,
            capture_output=True,
            timeout=60,
        )

    def wipe(self) -> None:
        connection = self.connect()
        channel = connection.channel()
        for name in (*map(queue_of, Tier), MEMORY_QUEUE):
            channel.queue_delete(name)
        connection.close()

    def connect(self) -> pika.BlockingConnection:
        return pika.BlockingConnection(pika.URLParameters(self.url))

    def _start_mapper(self) -> Child:
        """Start the port mapper and wait for it: RabbitMQ would start one that outlives us."""
        child = self._children.start(
            "epmd",
            [str(MAPPER), "-port", str(self._mapper_port), "-address", LOOPBACK],
            environment=self._environment(),
        )
        for _ in attempts(READY_TIMEOUT_SECONDS):
            child.require_running()
            with suppress(OSError):
                socket.create_connection((LOOPBACK, self._mapper_port), timeout=1).close()
                break
        return child

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self._folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._mapper_port),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq"),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_NODENAME": "campotech@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self._port),
            # It then becomes the process that was started, instead of a child of a shell.
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-noinput -start_epmd false +S 1:1 -kernel inet_dist_use_interface {127,0,0,1}"
            ),
        }
