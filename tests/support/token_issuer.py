"""An issuer of access tokens whose public keys a server can read."""

import json
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from domain.commands import Role
from domain.identifiers import OrganizationId


class TokenIssuer:
    """Signs with ES256 or RS256, and can also sign what no issuer should."""

    def __init__(self, folder: Path, *, key_id: str = "test") -> None:
        self._path = folder / "jwks.json"
        self.key_id = key_id
        self.elliptic_key = ec.generate_private_key(ec.SECP256R1())
        self.publish()

    @property
    def jwks_url(self) -> str:
        return self._path.as_uri()

    def publish(self, *others: dict[str, Any]) -> None:
        """Write the public keys where servers read them."""
        own = ECAlgorithm.to_jwk(self.elliptic_key.public_key(), as_dict=True)
        entry = {**own, "kid": self.key_id, "use": "sig", "alg": "ES256"}
        self._path.write_text(json.dumps({"keys": [entry, *others]}))

    def withdraw(self) -> None:
        """Let nobody find the public keys any more."""
        self._path.unlink()

    def token(
        self,
        *roles: Role,
        organization_id: OrganizationId,
        subject: str = "somebody",
        **particular: Any,
    ) -> str:
        """Return a good token; a claim that is given as None is left out."""
        claims = self.claims(*roles, organization_id=organization_id, subject=subject)
        claims |= particular
        return self.signed({name: value for name, value in claims.items() if value is not None})

    def claims(
        self, *roles: Role, organization_id: OrganizationId, subject: str = "somebody"
    ) -> dict[str, Any]:
        now = int(time.time())
        return {
            "sub": subject,
            "org": str(organization_id),
            "roles": sorted(roles),
            "iat": now,
            "exp": now + 600,
        }

    def signed(
        self,
        claims: dict[str, Any],
        *,
        key: Any = None,
        algorithm: str = "ES256",
        key_id: str | None = None,
    ) -> str:
        return jwt.encode(
            claims,
            self.elliptic_key if key is None else key,
            algorithm=algorithm,
            headers={"kid": key_id or self.key_id},
        )


def an_rsa_key(key_id: str) -> tuple[rsa.RSAPrivateKey, dict[str, Any]]:
    """Return a private key and the entry of its public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return key, {**public, "kid": key_id, "use": "sig", "alg": "RS256"}
