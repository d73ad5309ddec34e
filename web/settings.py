"""Settings of `web`, read once from `CAMPOTECH_*` in `__main__`; docs/settings.md has them."""

from typing import Literal

from pydantic import Field

from adapters.blobs.settings import BlobSettings

_PORT = 8070
_METRICS_PORT = 9469


class WebSettings(BlobSettings):
    """Where it listens; what it serves stands in the settings of the blob store."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    port_offset: int = Field(default=0, ge=0)
    web_host: str = "127.0.0.1"
    """The address on which it listens."""
    # 0: any port that is free.
    web_port: int | None = Field(default=None, ge=0, lt=65_536)
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=0, lt=65_536)

    @property
    def bound_port(self) -> int:
        return _PORT + self.port_offset if self.web_port is None else self.web_port

    @property
    def bound_metrics_port(self) -> int:
        if self.metrics_port is None:
            return _METRICS_PORT + self.port_offset
        return self.metrics_port
