"""The key pair that development tokens are signed with, and the JWKS file that servers read."""

import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm

from cli.local_platform.state_folder import write_private

ALGORITHM = "ES256"
KEY_ID = "development"


@dataclass(frozen=True, slots=True)
class DevelopmentKeys:
    """Where the pair lies; a token is signed with ES256 and names the key `development`."""

    folder: Path

    @property
    def private_key_path(self) -> Path:
        return self.folder / "token-signing-key.pem"

    @property
    def jwks_path(self) -> Path:
        return self.folder / "jwks.json"

    @property
    def jwks_url(self) -> str:
        return self.jwks_path.absolute().as_uri()

    def ensure(self) -> None:
        """Make the pair on first use, and write its public half where servers look for it."""
        if not self.private_key_path.exists() or not self.jwks_path.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
            entry = {**public, "kid": KEY_ID, "use": "sig", "alg": ALGORITHM}
            write_private(self.private_key_path, pem.decode())
            write_private(self.jwks_path, json.dumps({"keys": [entry]}))
