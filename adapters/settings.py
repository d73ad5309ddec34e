"""Settings of everything outside, read once from `CAMPOTECH_*`; docs/settings.md has them."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from adapters.blobs.bucket_settings import BucketSettings

REDIS_SCHEMES = ("redis://", "rediss://", "unix://")


class AdapterSettings(BucketSettings):
    """Where Postgres, Redis, blobs and the providers are, and how we make ourselves known there.

    ARCA's addresses are those of its test service unless others are set: nothing fiscal shall
    happen by accident.
    """

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    database_url: SecretStr
    """Postgres as `campotech_app`; may pass through PgBouncer in transaction mode. Ten seconds of
    silence end a connection, unless the address says otherwise (`?tcp_user_timeout=30000`).
    """
    database_direct_url: SecretStr | None = Field(
        default=None, json_schema_extra={"unset": "`CAMPOTECH_DATABASE_URL`"}
    )
    """Postgres as `campotech_owner`, without a pooler: migrations and whatever needs a session."""
    database_system_url: SecretStr
    """Postgres as `campotech_system`: the closed list of tables that are read over all tenants."""
    database_replica_url: SecretStr | None = Field(
        default=None, json_schema_extra={"unset": "`CAMPOTECH_DATABASE_URL`"}
    )
    """A read replica for reports."""
    redis_url: SecretStr
    """Redis or Valkey; may be wiped at any time."""
    broker_url: SecretStr | None = Field(
        default=None, json_schema_extra={"unset": "`CAMPOTECH_REDIS_URL`"}
    )
    """Where the tasks' messages lie: another Redis, or RabbitMQ (`amqp://user:password@host/vhost`,
    a virtual host of its own). All processes must name the same.
    """

    afip_wsaa_url: str = "https://wsaahomo.afip.gov.ar/ws/services/LoginCms"
    """The tax agency's login service; by default its testing environment, so that nothing fiscal
    happens by accident.
    """
    afip_wsfe_url: str = "https://wswhomo.afip.gov.ar/wsfev1/service.asmx"
    """The tax agency's service for invoices; the same holds."""
    afip_certificate: Path | None = None
    """A PEM file: the certificate that the agency issued to the platform, for organisations that
    have not connected one of their own.
    """
    afip_private_key: Path | None = None
    """A PEM file: its private key."""
    afip_deadline_seconds: float = Field(default=30.0, gt=0, le=60)
    """After this a call to the agency is stopped, and its outcome looked up later."""
    afip_calls_per_minute: int = Field(default=60, gt=0)
    """The most calls to the agency with one certificate in any minute, logins and questions
    included.
    """
    afip_calls_per_hour: int = Field(default=1_000, gt=0)
    """The same in any hour."""
    afip_calls_per_day: int = Field(default=10_000, gt=0, le=100_000)
    """The same in any 24 hours."""

    whatsapp_url: str = "https://graph.facebook.com/v26.0"
    """Meta's Graph API with its version."""
    whatsapp_token: SecretStr | None = None
    """The platform's access token for it, for organisations that have not connected a number with
    one of their own.
    """
    whatsapp_deadline_seconds: float = Field(default=15.0, gt=0)
    """After this a send is stopped; whether it arrived is told by the status that WhatsApp reports.
    """
    whatsapp_messages_per_second: int = Field(default=80, gt=0)
    """The most messages in any second from one number, and the most questions about numbers from
    one organisation.
    """
    whatsapp_pair_seconds: int = Field(default=6, gt=0)
    """How long after a message the next one from the same number to the same customer has to wait.
    """
    whatsapp_app_secret: SecretStr | None = None
    """The app secret with which WhatsApp signs its webhooks; without it every delivery is refused.
    """
    whatsapp_verify_token: SecretStr | None = None
    """The token that we give WhatsApp together with the address of the webhook; without it the
    address is not confirmed.
    """

    smtp_url: SecretStr | None = None
    """The relay for e-mail: `smtp://user:password@host:587?starttls=required`, `offered` or
    `never`, or `smtps://…` for TLS from the start. Without a password the default is `offered`,
    with one `required`.
    """
    email_from: str | None = None
    """Who e-mails come from: `CampoTech <avisos@example.org>`. Its domain also names the messages.
    """
    smtp_deadline_seconds: float = Field(default=45.0, gt=0)
    """After this a task's e-mail is stopped; a third of it is for reaching the relay, before the
    e-mail is handed over.
    """
    smtp_messages_per_second: int = Field(default=50, gt=0)
    """The most e-mails of tasks in any second."""

    traces_endpoint: str | None = Field(default=None, pattern=r"^https?://\S+$")
    """The collector that traces are sent to, over OTLP on gRPC: `http://host:4317`, or `https://…`
    for TLS. Without it there are no traces, and they cost nothing.
    """
    traces_sample_ratio: float = Field(default=0.1, ge=0, le=1)
    """The part of traces beginning here that is kept. Whether one that began at a caller is kept,
    the caller says.
    """

    secrets_key: SecretStr | None = None
    """The keys under which stored secrets are encrypted, each as `name:` and 32 bytes in base64,
    separated by commas: the first one encrypts, all of them open
    ([how to change it](runbooks/rotate-the-secrets-key.md)). Without one no organisation can
    connect a certificate or a number, and no invoice is submitted.
    """

    @field_validator("redis_url")
    @classmethod
    def _check_scheme(cls, given: SecretStr) -> SecretStr:
        # A client that speaks Redis to something else waits for an answer for ever.
        if not given.get_secret_value().startswith(REDIS_SCHEMES):
            raise ValueError(f"must begin with {', '.join(REDIS_SCHEMES)}")
        return given
