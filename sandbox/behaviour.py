"""How strict the stand-ins are: set at the start, switchable while they run."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class ArcaBehaviour(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    relogin_window_seconds: float = Field(default=120, ge=0)
    ticket_lifetime_seconds: int = Field(default=12 * 3600, ge=1)
    # "all": every valid CUIT is delegated to every certificate, save those in not_delegated.
    delegated: Literal["all"] | frozenset[int] = "all"
    not_delegated: frozenset[int] = frozenset()
    records_per_request: int = Field(default=250, ge=1, le=9998)
    vat_condition_required: bool = True
    identification_threshold: Decimal = Field(default=Decimal(10_000_000), gt=0)


class WhatsAppBehaviour(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    # Empty: any bearer token is taken.
    tokens: frozenset[str] = frozenset()
    pair_rate_limited: bool = False
    # None: no limit.
    messages_per_second: int | None = Field(default=None, ge=1)
    approves_templates_at_once: bool = True
    window_enforced: bool = True
    # None: nobody is told anything.
    webhook_url: str | None = None
    app_secret: SecretStr = SecretStr("")
    # The pause before each status of a message.
    status_seconds: float = Field(default=0.3, ge=0, le=60)
    # The last status first.
    statuses_reversed: bool = False
    # How often each delivery comes again after it was taken.
    webhook_replays: int = Field(default=0, ge=0, le=10)
    # A delivery with a wrong signature before each genuine one.
    webhooks_forged: bool = False


class Controls:
    """The behaviours in force; `reset` puts back those of the start."""

    def __init__(self, arca: ArcaBehaviour, whatsapp: WhatsAppBehaviour) -> None:
        self._initial = (arca, whatsapp)
        self.arca = arca
        self.whatsapp = whatsapp

    def reset(self) -> None:
        self.arca, self.whatsapp = self._initial
