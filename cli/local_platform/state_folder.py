"""The one folder that a local platform writes to, and the lock that gives it to one owner."""

import base64
import fcntl
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from cli.local_servers.errors import AlreadyRunningError

# Longer than a guardian needs to end what a killed owner left behind; it holds the lock so long.
LOCK_TIMEOUT_SECONDS = 6.0
SECRETS_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Where things lie below the state folder."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> Self:
        return cls(path.absolute())

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def envoy(self) -> Path:
        return self.root / "envoy"

    @property
    def sandbox(self) -> Path:
        return self.root / "sandbox"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    def lock(self) -> IO[str]:
        """Return the lock of this folder, held until it is closed; raise AlreadyRunningError."""
        self.root.mkdir(parents=True, exist_ok=True)
        # Not truncated when opened: whoever holds it has written its pid there.
        lock = (self.root / "lock").open("a+")
        deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
        while not _is_taken(lock):
            if time.monotonic() > deadline:
                lock.seek(0)
                owner = lock.read().strip()
                lock.close()
                raise AlreadyRunningError(
                    f"CampoTech already runs with its state in {self.root} (pid {owner}). Stop "
                    f"it, or run a second one with CAMPOTECH_STATE_DIR and CAMPOTECH_PORT_OFFSET."
                )
            time.sleep(0.05)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

    def secrets_key(self) -> str:
        """Return the key that stored secrets are encrypted with, made on first use."""
        return self._named_key("secrets-key")

    def blob_signing_keys(self) -> str:
        """Return the key that links to blobs are signed with, made on first use."""
        return self._named_key("blob-signing-keys")

    def whatsapp_app_secret(self) -> str:
        """Return what WhatsApp's stand-in signs its webhooks with, made on first use."""
        return self._shared_secret("whatsapp-app-secret")

    def whatsapp_verify_token(self) -> str:
        """Return what it is given with the webhook's address, made on first use."""
        return self._shared_secret("whatsapp-verify-token")

    def _named_key(self, name: str) -> str:
        path = self.keys / name
        if not path.exists():
            made = base64.b64encode(secrets.token_bytes(SECRETS_KEY_BYTES)).decode()
            write_private(path, f"local:{made}")
        return path.read_text()

    def _shared_secret(self, name: str) -> str:
        path = self.keys / name
        if not path.exists():
            write_private(path, secrets.token_hex(SECRETS_KEY_BYTES))
        return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file that only we may read; it is never seen half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.rename(path)


def _is_taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
