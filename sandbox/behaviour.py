"""How strict the stand-ins are: set at the start, switchable while they run."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class ArcaBehaviour(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    relogin_window_seconds: float = Field(default=120, ge=0)
    """How soon after a login another one is refused."""
    ticket_lifetime_seconds: int = Field(default=12 * 3600, ge=1)
    """How long an access ticket is valid."""
    delegated: Literal["all"] | frozenset[int] = "all"
    """The CUITs delegated to our certificate, as a JSON list, or `all`: every valid CUIT to every
    certificate, save those that are not.
    """
    not_delegated: frozenset[int] = Field(default=frozenset(), json_schema_extra={"unset": "none"})
    """CUITs that are not, as a JSON list."""
    records_per_request: int = Field(default=250, ge=1, le=9998)
    """The most documents in one request."""
    vat_condition_required: bool = True
    """Whether the receiver's VAT condition must be there."""
    identification_threshold: Decimal = Field(default=Decimal(10_000_000), gt=0)
    """From this amount in pesos on, a final consumer must be named."""


class WhatsAppBehaviour(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: frozenset[str] = Field(default=frozenset(), json_schema_extra={"unset": "any"})
    """The access tokens that are taken, as a JSON list."""
    pair_rate_limited: bool = False
    """Whether one customer gets at most a message per 6 seconds."""
    messages_per_second: int | None = Field(
        default=None, ge=1, json_schema_extra={"unset": "no limit"}
    )
    """The most messages per second of one number."""
    approves_templates_at_once: bool = True
    """Whether a new template is approved at once."""
    window_enforced: bool = True
    """Whether free text needs a customer's message within 24 hours."""
    webhook_url: str | None = Field(default=None, json_schema_extra={"unset": "nobody"})
    """Who is told what customers write and how far messages have come."""
    app_secret: SecretStr = Field(default=SecretStr(""), json_schema_extra={"unset": "empty"})
    """What it is signed with."""
    status_seconds: float = Field(default=0.3, ge=0, le=60)
    """The pause before each status of a message."""
    statuses_reversed: bool = False
    """Whether a message is read before it is delivered and sent."""
    webhook_replays: int = Field(default=0, ge=0, le=10)
    """How often each delivery comes again after it was taken."""
    webhooks_forged: bool = False
    """Whether a delivery with a wrong signature comes before each genuine one."""


class Controls:
    """The behaviours in force; `reset` puts back those of the start."""

    def __init__(self, arca: ArcaBehaviour, whatsapp: WhatsAppBehaviour) -> None:
        self._initial = (arca, whatsapp)
        self.arca = arca
        self.whatsapp = whatsapp

    def reset(self) -> None:
        self.arca, self.whatsapp = self._initial
