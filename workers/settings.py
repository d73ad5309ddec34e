"""Settings of workers and keeper, read once from `CAMPOTECH_*` in their entry points."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.blobs.bucket_settings import BucketSettings
from domain.operations.task_type import Tier

DEFAULT_CONCURRENCY = {Tier.REALTIME: 10, Tier.BACKGROUND: 5, Tier.BATCH: 2}
METRICS_PORTS = {Tier.REALTIME: 9465, Tier.BACKGROUND: 9466, Tier.BATCH: 9467}
KEEPER_METRICS_PORT = 9468


class LedgerSettings(BaseSettings):
    """What workers and keeper share."""

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    database_system_url: SecretStr
    redis_url: SecretStr
    broker_url: SecretStr | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    port_offset: int = Field(default=0, ge=0)
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=0, lt=65536)
    task_lease_seconds: float = Field(default=6.0, gt=0)
    """How long a claimed task stays a worker's without renewal."""
    task_renewal_seconds: float = Field(default=2.0, gt=0)
    """How often a lease is renewed; at most half of the lease."""

    @property
    def task_broker_url(self) -> str:
        return (self.broker_url or self.redis_url).get_secret_value()

    @model_validator(mode="after")
    def _check_renewal(self) -> "LedgerSettings":
        if self.task_renewal_seconds * 2 > self.task_lease_seconds:
            msg = "CAMPOTECH_TASK_RENEWAL_SECONDS must be at most half of the lease."
            raise ValueError(msg)
        return self


class WorkerSettings(LedgerSettings):
    """How the workers of one tier run."""

    task_concurrency: int | None = Field(
        default=None, gt=0, le=200, json_schema_extra={"unset": "`10`, `5` or `2` by tier"}
    )
    """Tasks at a time in one process."""
    worker_drain_seconds: float = Field(default=4.0, ge=0)
    """How long running tasks may go on after SIGTERM before they are given back."""

    def concurrency_of(self, tier: Tier) -> int:
        return self.task_concurrency or DEFAULT_CONCURRENCY[tier]

    def metrics_port_of(self, tier: Tier) -> int:
        if self.metrics_port is not None:
            return self.metrics_port
        return METRICS_PORTS[tier] + self.port_offset


class KeeperSettings(LedgerSettings, BucketSettings):
    """How the keeper runs."""

    task_relay_seconds: float = Field(default=0.2, gt=0)
    """How often the keeper looks for tasks that became due or that nobody pushed."""
    task_reap_seconds: float = Field(default=0.5, gt=0)
    """How often it returns tasks whose lease ran out."""
    task_sweep_seconds: float = Field(default=2.0, gt=0)
    """How often it pushes ready tasks again that Redis has lost."""
    cron_seconds: float = Field(default=1.0, gt=0)
    """How often it looks for entries of the cron that are due."""
    alerts_webhook_url: SecretStr | None = None
    """Where alerts are posted as JSON, beside the log."""
    alerts_email: str | None = None
    """Addresses that alerts go to, separated by commas; needs `CAMPOTECH_SMTP_URL` and
    `CAMPOTECH_EMAIL_FROM`.
    """
    smtp_url: SecretStr | None = None
    email_from: str | None = None
    alerts_dead_tasks: int = Field(default=100, ge=0)
    """How many tasks may be dead, over all organisations, before operators are alerted."""

    @property
    def alert_addresses(self) -> Sequence[str]:
        addresses = (address.strip() for address in (self.alerts_email or "").split(","))
        return [address for address in addresses if address]

    @model_validator(mode="after")
    def _check_email(self) -> "KeeperSettings":
        if self.alert_addresses and (self.smtp_url is None or self.email_from is None):
            msg = "CAMPOTECH_ALERTS_EMAIL needs CAMPOTECH_SMTP_URL and CAMPOTECH_EMAIL_FROM."
            raise ValueError(msg)
        return self

    @property
    def bound_metrics_port(self) -> int:
        if self.metrics_port is not None:
            return self.metrics_port
        return KEEPER_METRICS_PORT + self.port_offset
