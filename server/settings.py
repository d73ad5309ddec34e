"""Settings of the server, read once from `CAMPOTECH_*` in `__main__`; docs/settings.md has them."""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from server.networks import parse_networks

MOST_DEFAULT_PROCESSES = 8
MEBIBYTE = 1024 * 1024
_DEFAULT_PORTS = {"grpc_port": 50051, "private_port_base": 50052, "metrics_port": 9464}


def _available_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ServerSettings(BaseSettings):
    """How the gRPC server runs; ports that are not set move by `CAMPOTECH_PORT_OFFSET`."""

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    environment: Literal["development", "production"] = "development"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    port_offset: int = Field(default=0, ge=0)
    grpc_host: str = "127.0.0.1"
    grpc_port: int = Field(gt=0, lt=65536)
    private_port_base: int = Field(gt=0, lt=65536)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(gt=0, lt=65536)
    metrics_dir: Path | None = None
    server_processes: int = Field(
        default_factory=lambda: min(_available_cores(), MOST_DEFAULT_PROCESSES), gt=0, le=256
    )

    jwks_url: str = Field(pattern=r"^(file|https?)://.+$")
    token_issuer: str | None = None
    token_audience: str | None = None
    reflection: bool

    default_deadline_seconds: float = Field(default=10.0, gt=0)
    max_deadline_seconds: float = Field(default=60.0, gt=0)
    max_message_bytes: int = Field(default=4 * MEBIBYTE, gt=0)
    max_concurrent_streams: int = Field(default=1000, gt=0)
    max_concurrent_calls: int = Field(default=100_000, gt=0)
    max_connection_age_seconds: float = Field(default=1800.0, gt=0)
    max_pending_calls: int = Field(default=10_000, gt=0)
    keepalive_seconds: float = Field(default=60.0, gt=0)

    caller_calls_per_second: float = Field(default=50.0, gt=0)
    organization_calls_per_second: float = Field(default=200.0, gt=0)
    address_calls_per_second: float = Field(default=50.0, gt=0)
    limit_window_seconds: int = Field(default=10, gt=0, le=86_400)
    max_streams_per_caller: int = Field(default=100, gt=0)
    trusted_proxies: str = "127.0.0.0/8,::1/128"

    drain_seconds: float = Field(default=2.0, ge=0)
    stop_grace_seconds: float = Field(default=10.0, ge=0)
    stream_heartbeat_seconds: float = Field(default=15.0, gt=0)
    health_probe_seconds: float = Field(default=0.5, gt=0)
    standing_news_seconds: float = Field(default=1.0, gt=0, le=3)

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: dict[str, Any]) -> dict[str, Any]:  # whatever the environment holds
        offset = int(given.get("port_offset", 0))
        ports = {name: port + offset for name, port in _DEFAULT_PORTS.items()}
        is_development = given.get("environment", "development") == "development"
        return {**ports, "reflection": is_development, **given}

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, networks: str) -> str:
        parse_networks(networks)
        return networks

    @model_validator(mode="after")
    def _check_keys_come_safely(self) -> "ServerSettings":
        if self.environment == "production" and self.jwks_url.startswith("http://"):
            msg = "CAMPOTECH_JWKS_URL must begin with https:// or file:// in production."
            raise ValueError(msg)
        return self

    def private_port(self, index: int) -> int:
        """Return the port that only the child with this index listens on."""
        return self.private_port_base + index
