"""Settings of the command line: where the local platform listens and keeps its state."""

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Port = Annotated[int, Field(gt=0, lt=65_536)]

DEFAULT_PORTS = {
    "edge_port": 8080,
    "edge_admin_port": 8081,
    "web_port": 8070,
    "sandbox_port": 8090,
    "sandbox_smtp_port": 8025,
    "metrics_port": 9464,
    "grpc_port": 50_051,
    "private_port_base": 50_052,
    "postgres_port": 15_432,
    "valkey_port": 16_379,
}
# In the order of their metrics ports; the servers beside the first come after them.
MEASURED_PROGRAMS = (
    "server",
    "worker-realtime",
    "worker-background",
    "worker-batch",
    "keeper",
    "web",
)
MOST_DEFAULT_PROCESSES = 8


def _available_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LocalSettings(BaseSettings):
    """How `campotech up` runs the platform; `port_offset` moves every port that is not set."""

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    port_offset: int = Field(default=0, ge=0)
    """Added to every port that is not set."""
    edge_port: Port
    """Envoy: JSON, gRPC-Web and gRPC."""
    edge_admin_port: Port
    """Envoy's own administration."""
    web_port: Port
    """`web`, which serves the links to blobs; Envoy leads to it. Holds for `python -m web` too."""
    sandbox_port: Port
    """The sandbox."""
    sandbox_smtp_port: Port
    """The sandbox's SMTP relay."""
    metrics_port: Port
    grpc_port: Port
    private_port_base: Port
    postgres_port: Port
    """Postgres."""
    valkey_port: Port
    """Valkey."""
    server_processes: int = Field(
        default_factory=lambda: min(_available_cores(), MOST_DEFAULT_PROCESSES), gt=0, le=256
    )
    servers: int = Field(default=1, gt=0, le=8)
    """Servers behind the edge, each with children of its own; with two, one can be replaced while
    the other serves. Their own ports follow the first one's private ports and the other programs'
    metrics ports.
    """
    max_deadline_seconds: float = Field(default=60.0, gt=0)
    caller_calls_per_second: float = Field(default=50.0, gt=0)
    limit_window_seconds: int = Field(default=10, gt=0, le=86_400)
    state_dir: Path = Path(".campotech")
    """Where data, keys and logs of the local platform lie."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = (
        "http://localhost:3000",
        "http://localhost:5173",
    )
    """Origins from which browsers may call, separated by commas."""

    @model_validator(mode="before")
    @classmethod
    def _move_ports(cls, given: dict[str, object]) -> dict[str, object]:
        text = str(given.get("port_offset", 0))
        # What is no number is reported where it stands, not here.
        offset = int(text) if text.isdecimal() else 0
        return {**{name: port + offset for name, port in DEFAULT_PORTS.items()}, **given}

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_at_commas(cls, given: object) -> object:
        return tuple(filter(None, given.split(","))) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check_ports_differ(self) -> Self:
        users: dict[int, str] = {}
        for setting, port in self.ports():
            if port in users:
                raise ValueError(f"{users[port]} and {setting} both come to port {port}.")
            users[port] = setting
        return self

    @property
    def edge_url(self) -> str:
        return f"http://127.0.0.1:{self.edge_port}"

    @property
    def grpc_address(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def server_names(self) -> list[str]:
        """Return the name of each server: `server`, and `server-2` and so on beside it."""
        return ["server", *(f"server-{number}" for number in range(2, self.servers + 1))]

    def measured_programs(self) -> list[str]:
        """Return who has metrics, in the order of the ports from `metrics_port` on."""
        return [*MEASURED_PROGRAMS, *self.server_names()[1:]]

    def private_ports(self) -> list[int]:
        """Return the port that only one child of a server listens on, for each child of each."""
        return [
            self.private_port_base_of(name) + index
            for name in self.server_names()
            for index in range(self.server_processes)
        ]

    def private_port_base_of(self, server: str) -> int:
        return self.private_port_base + self._index(server) * self.server_processes

    def grpc_port_of(self, server: str) -> int:
        """Return the port all children of a server share; further servers' follow the private."""
        index = self._index(server)
        after_private = self.private_port_base + self.servers * self.server_processes
        return self.grpc_port if index == 0 else after_private + index - 1

    def metrics_port_of(self, program: str) -> int:
        return self.metrics_port + self.measured_programs().index(program)

    def ports(self) -> list[tuple[str, int]]:
        """Return every port that the platform listens on, each with the setting that moves it."""
        single = ("edge_port", "edge_admin_port", "web_port", "grpc_port")
        sandbox = ("sandbox_port", "sandbox_smtp_port")
        servers = ("postgres_port", "valkey_port")
        return [
            *(
                (self._variable(name), int(getattr(self, name)))
                for name in (*single, *sandbox, *servers)
            ),
            *(
                (self._variable("private_port_base"), port)
                for port in (
                    *self.private_ports(),
                    *(self.grpc_port_of(name) for name in self.server_names()[1:]),
                )
            ),
            *(
                (self._variable("metrics_port"), self.metrics_port_of(program))
                for program in self.measured_programs()
            ),
        ]

    def _index(self, server: str) -> int:
        return self.server_names().index(server)

    @staticmethod
    def _variable(name: str) -> str:
        return f"CAMPOTECH_{name.upper()}"


class OperatorSettings(BaseSettings):
    """Who an operator is at a platform."""

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    api_token: SecretStr | None = None
    """The access token of `campotech tasks`; without one, an admin's is made for the local
    platform.
    """


def complaints(error: ValidationError) -> list[str]:
    """Return what is wrong with the settings, each under the name of its variable."""
    return [
        f"CAMPOTECH_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}"
        if each["loc"]
        else each["msg"].removeprefix("Value error, ")
        for each in error.errors()
    ]
