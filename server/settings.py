"""Settings of the server, read once from `CAMPOTECH_*` in `__main__`; docs/settings.md has them."""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from server.networks import parse_networks

MOST_DEFAULT_PROCESSES = 8
# What a stopping child waits beyond its setting while calls still come in.
LONGEST_QUIET_WAIT_SECONDS = 3.0
MEBIBYTE = 1024 * 1024
_DEFAULT_PORTS = {"grpc_port": 50051, "private_port_base": 50052, "metrics_port": 9464}


def _available_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ServerSettings(BaseSettings):
    """How the gRPC server runs; ports that are not set move by `CAMPOTECH_PORT_OFFSET`."""

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    environment: Literal["development", "production"] = "development"
    """`production` refuses what is only safe on a laptop."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is logged has at least this importance."""

    port_offset: int = Field(default=0, ge=0)
    grpc_host: str = "127.0.0.1"
    """The address on which gRPC listens."""
    grpc_port: int = Field(gt=0, lt=65536)
    """The port that all children share, for direct callers."""
    private_port_base: int = Field(gt=0, lt=65536)
    """The first child's own port; the others follow. Envoy spreads calls over these."""
    metrics_host: str = "127.0.0.1"
    """The address on which metrics are served."""
    metrics_port: int = Field(gt=0, lt=65536)
    """Prometheus metrics of one program. Realtime, background and batch workers, the keeper
    and `web` default to the five ports after it, and take 0 for any that is free.
    """
    metrics_dir: Path | None = Field(default=None, json_schema_extra={"unset": "a new folder"})
    """Where the children leave their numbers for the parent to merge."""
    server_processes: int = Field(
        default_factory=lambda: min(_available_cores(), MOST_DEFAULT_PROCESSES),
        gt=0,
        le=256,
        json_schema_extra={"unset": "cores, 8 at most"},
    )
    """Children of the server."""

    jwks_url: str = Field(pattern=r"^(file|https?)://.+$")
    """Public keys of access tokens: `https://…`, or `file://…`; plain `http://` only in
    development.
    """
    token_issuer: str | None = Field(default=None, json_schema_extra={"unset": "any"})
    """The `iss` that tokens must carry."""
    token_audience: str | None = Field(default=None, json_schema_extra={"unset": "any"})
    """The `aud` that tokens must carry."""
    reflection: bool = Field(json_schema_extra={"unset": "on in development"})
    """Whether callers may list the contract by gRPC reflection."""

    default_deadline_seconds: float = Field(default=10.0, gt=0)
    """The deadline of a call that brings none."""
    max_deadline_seconds: float = Field(default=60.0, gt=0)
    """The longest deadline a unary call is given."""
    max_message_bytes: int = Field(default=4 * MEBIBYTE, gt=0)
    """The largest message that is received."""
    max_concurrent_streams: int = Field(default=1000, gt=0)
    """Calls at a time on one connection."""
    max_concurrent_calls: int = Field(default=100_000, gt=0)
    """Calls at a time in one child, open streams included; beyond it `SERVER_FULL`."""
    max_connection_age_seconds: float = Field(default=1800.0, gt=0)
    """After this a connection is closed gently, so callers spread anew."""
    max_pending_calls: int = Field(default=10_000, gt=0)
    """Calls that may wait in one child until it takes them up, as when thousands of streams come
    back at once; beyond it some are refused, beyond twice as many all.
    """
    keepalive_seconds: float = Field(default=60.0, gt=0)
    """How often a silent connection is asked whether it lives."""

    caller_calls_per_second: float = Field(default=50.0, gt=0)
    """Calls of one caller over all processes, on average over a window; opening a stream is a call.
    """
    organization_calls_per_second: float = Field(default=200.0, gt=0)
    """The same for all callers of one organisation."""
    address_calls_per_second: float = Field(default=50.0, gt=0)
    """The same for callers without a token, by their address (of IPv6 the first 64 bits)."""
    limit_window_seconds: int = Field(default=10, gt=0, le=86_400)
    """The window of these three, over all processes. A shorter one asks Redis more often."""
    limit_burst_seconds: float = Field(default=1.0, gt=0)
    """How many seconds' worth of calls a process lets a caller make in a moment; the others of a
    window may be made as their time comes. More makes others wait longer behind one caller.
    """
    limit_hold_seconds: float = Field(default=1.0, ge=0, le=5)
    """A call beyond a limit is refused after a part of the time that its caller has to wait anyway,
    at most after so long: a loop that calls again and again slows down. 0 refuses at once.
    """
    max_streams_per_caller: int = Field(default=100, gt=0)
    """Open streams of one caller, or of one address without a token, in one child."""
    trusted_proxies: str = "127.0.0.0/8,::1/128"
    """Networks whose `x-forwarded-for` is believed: where Envoy runs."""

    drain_seconds: float = Field(default=2.0, ge=0)
    """How long a stopping child says NOT_SERVING before it takes no more calls: two of Envoy's
    health intervals; while calls still come in, up to 3 s longer.
    """
    stop_grace_seconds: float = Field(default=10.0, ge=0)
    """How long calls may then still go on."""
    stream_heartbeat_seconds: float = Field(default=15.0, gt=0)
    """How often a silent stream is sent a sign of life."""
    health_probe_seconds: float = Field(default=0.5, gt=0)
    """How often each child looks after database and cache."""
    standing_news_seconds: float = Field(default=1.0, gt=0, le=3)
    """How often each child asks which members were ended or have other roles, and which keys with
    open streams were revoked; 3 at most."""

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
