"""Our own Python programs as `campotech up` runs them, and what their environment says."""

import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_platform.state_folder import StateFolder
from cli.local_platform.supervision import Program
from cli.local_servers.children import Child, Children, attempts
from cli.local_servers.errors import LocalServerError, StartError
from cli.local_servers.ports import LOOPBACK
from cli.local_servers.postgres import LocalPostgres
from cli.local_servers.valkey import LocalValkey
from cli.settings import LocalSettings
from db.roles import APP, OWNER, SYSTEM

DATABASE = "campotech"
TIERS = ("realtime", "background", "batch")
READY_TIMEOUT_SECONDS = 120.0
# The platform's own CUIT, for whom ARCA's stand-in issues the certificate; businesses delegate
# to it.
PLATFORM_CUIT = "30716595540"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServers:
    """The servers of others that our programs stand on."""

    postgres: LocalPostgres
    valkey: LocalValkey


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Builds each program of ours; `inherited` is the environment of whoever starts them.

    `app_address` may lead their way to the database through a pooler.
    """

    settings: LocalSettings
    folder: StateFolder
    keys: DevelopmentKeys
    servers: LocalServers
    children: Children
    inherited: Mapping[str, str]
    app_address: Callable[[str], str]

    def sandbox(self) -> Program:
        return self._program(
            "sandbox",
            ["sandbox"],
            environment=self._sandbox_environment,
            port=self.settings.sandbox_port,
            prepare=self._ensure_certificate,
            stop_timeout_seconds=5,
        )

    def web(self) -> Program:
        """Return what serves blobs: it is told of no other server, and of no other secret."""
        return self._program(
            "web",
            ["web"],
            environment=lambda: {
                **self._blob_environment(),
                **self.inherited,
                "CAMPOTECH_WEB_PORT": str(self.settings.web_port),
                "CAMPOTECH_METRICS_PORT": str(self.settings.metrics_port_of("web")),
                "PYTHONUNBUFFERED": "1",
            },
            port=self.settings.web_port,
        )

    def ours(self) -> list[Program]:
        """Return what needs the database: the servers, the workers and the keeper."""
        return [
            *(self._server(name) for name in self.settings.server_names()),
            *(self._worker(tier) for tier in TIERS),
            self._keeper(),
        ]

    def _server(self, name: str) -> Program:
        port = self.settings.grpc_port_of(name)
        return self._program(
            name,
            ["server"],
            environment=lambda: {
                **self._environment(name),
                "CAMPOTECH_GRPC_PORT": str(port),
                "CAMPOTECH_PRIVATE_PORT_BASE": str(self.settings.private_port_base_of(name)),
                "CAMPOTECH_SERVER_PROCESSES": str(self.settings.server_processes),
                "CAMPOTECH_JWKS_URL": self.keys.jwks_url,
                "CAMPOTECH_METRICS_DIR": str(self.folder.root / "metrics" / name),
            },
            port=port,
            stop_timeout_seconds=25,
        )

    def _keeper(self) -> Program:
        return self._program(
            "keeper",
            ["workers.keeper"],
            environment=lambda: self._environment("keeper"),
            port=self.settings.metrics_port_of("keeper"),
        )

    def _worker(self, tier: str) -> Program:
        name = f"worker-{tier}"
        return self._program(
            name,
            ["workers", "--tier", tier],
            environment=lambda: self._environment(name),
            port=self.settings.metrics_port_of(name),
        )

    def _program(
        self,
        name: str,
        module: list[str],
        *,
        environment: Callable[[], Mapping[str, str]],
        port: int,
        prepare: Callable[[], None] = lambda: None,
        stop_timeout_seconds: float = 15,
    ) -> Program:
        return Program(
            name=name,
            prepare=prepare,
            start=lambda: self.children.start(
                name, [sys.executable, "-m", *module], environment=environment()
            ),
            wait_until_ready=lambda child: wait_until_listening(child, port),
            stop_timeout_seconds=stop_timeout_seconds,
        )

    def _environment(self, program: str) -> Mapping[str, str]:
        """Return what every program of ours reads; what the caller set for providers stays."""
        sandbox = self.settings.sandbox_url
        certificate, private_key = certificate_files(self.folder.sandbox)
        postgres = self.servers.postgres
        return {
            "CAMPOTECH_AFIP_WSAA_URL": f"{sandbox}/ws/services/LoginCms",
            "CAMPOTECH_AFIP_WSFE_URL": f"{sandbox}/wsfev1/service.asmx",
            "CAMPOTECH_AFIP_CERTIFICATE": str(certificate),
            "CAMPOTECH_AFIP_PRIVATE_KEY": str(private_key),
            "CAMPOTECH_WHATSAPP_URL": f"{sandbox}/v26.0",
            "CAMPOTECH_WHATSAPP_TOKEN": "sandbox",
            "CAMPOTECH_WHATSAPP_APP_SECRET": self.folder.whatsapp_app_secret(),
            "CAMPOTECH_WHATSAPP_VERIFY_TOKEN": self.folder.whatsapp_verify_token(),
            "CAMPOTECH_SMTP_URL": f"smtp://{LOOPBACK}:{self.settings.sandbox_smtp_port}",
            "CAMPOTECH_EMAIL_FROM": "CampoTech <avisos@campotech.example>",
            "CAMPOTECH_SECRETS_KEY": self.folder.secrets_key(),
            **self._blob_environment(),
            **self.inherited,
            "CAMPOTECH_DATABASE_URL": self.app_address(postgres.url(APP, database=DATABASE)),
            "CAMPOTECH_DATABASE_DIRECT_URL": postgres.url(OWNER, database=DATABASE),
            "CAMPOTECH_DATABASE_SYSTEM_URL": postgres.url(SYSTEM, database=DATABASE),
            "CAMPOTECH_REDIS_URL": self.servers.valkey.url(),
            "CAMPOTECH_METRICS_PORT": str(self.settings.metrics_port_of(program)),
            "PYTHONUNBUFFERED": "1",
        }

    def _blob_environment(self) -> Mapping[str, str]:
        return {
            "CAMPOTECH_BLOB_FOLDER": str(self.folder.blobs),
            "CAMPOTECH_BLOB_SIGNING_KEYS": self.folder.blob_signing_keys(),
            "CAMPOTECH_BLOB_URL": f"{self.settings.edge_url}/blobs",
        }

    def _sandbox_environment(self) -> Mapping[str, str]:
        ours = "CAMPOTECH_WHATSAPP_APP_SECRET"
        app_secret = self.inherited.get(ours) or self.folder.whatsapp_app_secret()
        return {
            "CAMPOTECH_SANDBOX_WHATSAPP_WEBHOOK_URL": f"{self.settings.edge_url}/webhooks/whatsapp",
            "CAMPOTECH_SANDBOX_WHATSAPP_APP_SECRET": app_secret,
            **self.inherited,
            "CAMPOTECH_SANDBOX_PORT": str(self.settings.sandbox_port),
            "CAMPOTECH_SANDBOX_SMTP_PORT": str(self.settings.sandbox_smtp_port),
            "CAMPOTECH_SANDBOX_STATE_DIR": str(self.folder.sandbox),
            "PYTHONUNBUFFERED": "1",
        }

    def _ensure_certificate(self) -> None:
        if is_still_good(certificate_files(self.folder.sandbox)[0]):
            return
        # As another program: the sandbox is imported by nobody.
        issued = subprocess.run(  # noqa: S603 -- a module of ours
            [
                *(sys.executable, "-m", "sandbox", "certificate"),
                *("--out", str(self.folder.sandbox), "--cuit", PLATFORM_CUIT),
            ],
            env=self._sandbox_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if issued.returncode != 0:
            raise LocalServerError(f"The sandbox issued no certificate: {issued.stderr.strip()}")


def certificate_files(folder: Path) -> tuple[Path, Path]:
    """Return where the sandbox writes the certificate and its private key."""
    return folder / "arca-certificate.pem", folder / "arca-private-key.pem"


def is_still_good(certificate: Path) -> bool:
    """Tell whether a certificate is there and will not expire within a day."""
    if not certificate.exists():
        return False
    expires_at = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    return expires_at > datetime.now(UTC) + timedelta(days=1)


def wait_until_listening(child: Child, port: int) -> None:
    for _ in attempts(READY_TIMEOUT_SECONDS):
        child.require_running()
        try:
            socket.create_connection((LOOPBACK, port), timeout=5).close()
        except OSError:
            continue
        return
    raise StartError(
        f"{child.name} does not listen on port {port}; see {child.log_path}.\n{child.log_tail()}"
    )
