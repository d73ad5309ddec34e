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

    whatsapp_url: str = "https://graph.facebook.com/v26.0"
    whatsapp_token: SecretStr | None = None

    smtp_url: SecretStr | None = None
    email_from: str | None = None

    secrets_key: SecretStr | None = Field(default=None, description="name:base64 of 32 bytes")
