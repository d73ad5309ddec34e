"""Settings of the breakers, which everybody shares who calls an outside service."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.guarded_calls.breaker import BreakerRule


class BreakerSettings(BaseSettings):
    """When calls to a service are suspended; the same for all services."""

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    breaker_failure_percent: int = Field(default=50, gt=0, le=100)
    """When so many of a hundred calls to a service fail, calls to it are suspended in all
    processes.
    """
    breaker_minimum_calls: int = Field(default=10, gt=0)
    """Fewer calls than these suspend nothing, unless those that failed took as long together as
    the window is: a service that hangs lets few calls come to an end. Two are needed then: of the
    tax agency, at its deadline of 30 s, two or three.
    """
    breaker_window_seconds: float = Field(default=60.0, gt=0)
    """How long a call counts for that."""
    breaker_retry_seconds: float = Field(default=60.0, gt=0)
    """How long calls stay suspended before one, of all processes, tries whether the service is
    back.
    """
    breaker_park_seconds: float = Field(default=300.0, gt=0)
    """How long a task waits that needed a call while calls were suspended."""

    @property
    def breaker_rule(self) -> BreakerRule:
        return BreakerRule(
            failure_percent=self.breaker_failure_percent,
            minimum_calls=self.breaker_minimum_calls,
            window_seconds=self.breaker_window_seconds,
            retry_seconds=self.breaker_retry_seconds,
            park_seconds=self.breaker_park_seconds,
        )
