"""Settings of everything outside, read once from `CAMPOTECH_*`; docs/settings.md has them."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class AdapterSettings(BaseSettings):
    """Where Postgres, Redis and the providers are, and how we make ourselves known there.

    ARCA's addresses are those of its test service unless others are set: nothing fiscal shall
    happen by accident.
    """

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    database_url: SecretStr
    database_direct_url: SecretStr | None = None
    database_system_url: SecretStr
    database_replica_url: SecretStr | None = None
    redis_url: SecretStr
    broker_url: SecretStr | None = None
    """RabbitMQ or another Redis for the tasks; unset: the Redis of everything else."""

    afip_wsaa_url: str = "https://wsaahomo.afip.gov.ar/ws/services/LoginCms"
    afip_wsfe_url: str = "https://wswhomo.afip.gov.ar/wsfev1/service.asmx"
    afip_certificate: Path | None = None
    afip_private_key: Path | None = None
    afip_deadline_seconds: float = Field(default=30.0, gt=0, le=60)
    afip_calls_per_minute: int = Field(default=60, gt=0)
    afip_calls_per_hour: int = Field(default=1_000, gt=0)
    afip_calls_per_day: int = Field(default=10_000, gt=0, le=100_000)

    whatsapp_url: str = "https://graph.facebook.com/v26.0"
    whatsapp_token: SecretStr | None = None
    whatsapp_deadline_seconds: float = Field(default=15.0, gt=0)
    whatsapp_messages_per_second: int = Field(default=80, gt=0)
    whatsapp_pair_seconds: int = Field(default=6, gt=0)

    breaker_failure_percent: int = Field(default=50, gt=0, le=100)
    breaker_minimum_calls: int = Field(default=10, gt=0)
    breaker_window_seconds: float = Field(default=60.0, gt=0)
    breaker_retry_seconds: float = Field(default=60.0, gt=0)
    breaker_park_seconds: float = Field(default=300.0, gt=0)
    whatsapp_app_secret: SecretStr | None = None
    """What WhatsApp signs its webhooks with; without it none is taken."""
    whatsapp_verify_token: SecretStr | None = None
    """What we give WhatsApp together with the address of our webhook."""

    smtp_url: SecretStr | None = None
    email_from: str | None = None

    traces_endpoint: str | None = Field(default=None, pattern=r"^https?://\S+$")
    traces_sample_ratio: float = Field(default=0.1, ge=0, le=1)

    secrets_key: SecretStr | None = Field(default=None, description="name:base64 of 32 bytes")
