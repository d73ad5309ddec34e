"""Access tokens for development, signed with the key pair of the local platform."""

import time
from collections.abc import Collection
from datetime import timedelta

import jwt

from cli.local_platform.development_keys import ALGORITHM, KEY_ID, DevelopmentKeys
from domain.commands import Role
from domain.identifiers import OrganizationId


def mint_token(
    keys: DevelopmentKeys,
    *,
    organization_id: OrganizationId,
    roles: Collection[Role],
    subject: str,
    lifetime: timedelta = timedelta(hours=12),
) -> str:
    """Return a token; the keys must have been made before."""
    now = int(time.time())
    return jwt.encode(
        {
            "sub": subject,
            "org": str(organization_id),
            "roles": sorted(roles),
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
        },
        keys.private_key_path.read_bytes(),
        algorithm=ALGORITHM,
        headers={"kid": KEY_ID},
    )
