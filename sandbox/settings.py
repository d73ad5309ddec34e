"""What the sandbox reads from the environment, once, at its start."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from sandbox.behaviour import ArcaBehaviour, WhatsAppBehaviour

DEFAULT_PORT = 8090
DEFAULT_SMTP_PORT = 8025


class PortOffset(BaseSettings):
    """The one setting that moves every local port of the platform."""

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    port_offset: int = 0


class SandboxSettings(BaseSettings):
    """Settings `CAMPOTECH_SANDBOX_*`; a behaviour's field is `..._ARCA_<FIELD>`."""

    model_config = SettingsConfigDict(
        env_prefix="CAMPOTECH_SANDBOX_",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        frozen=True,
        extra="ignore",
    )

    host: str = "127.0.0.1"
    """The address on which it listens."""
    port: int = Field(
        default_factory=lambda: DEFAULT_PORT + PortOffset().port_offset, ge=0, le=65535
    )
    smtp_port: int = Field(
        default_factory=lambda: DEFAULT_SMTP_PORT + PortOffset().port_offset, ge=0, le=65535
    )
    state_dir: Path | None = Field(default=None, json_schema_extra={"unset": "in memory"})
    """Where what it has authorised survives a restart."""
    received_kept: int = Field(default=2000, ge=1, le=100_000)
    """How many received calls it shows."""
    arca: ArcaBehaviour = ArcaBehaviour()
    whatsapp: WhatsAppBehaviour = WhatsAppBehaviour()
