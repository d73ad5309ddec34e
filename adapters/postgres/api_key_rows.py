"""API keys as rows: the one place that knows which column holds what."""

from psycopg.rows import TupleRow

from domain.api_keys.api_key import ApiKey
from domain.commands import Role
from domain.identifiers import ApiKeyId, OrganizationId

COLUMNS = (
    "organization_id, id, created_at, display_name, roles, prefix, digest, expires_at, revoked_at,"
    " version, updated_at"
)


def parameters(key: ApiKey) -> dict[str, object]:
    """Return the columns of a key, ready to bind."""
    return {
        "organization_id": key.organization_id,
        "id": key.id,
        "created_at": key.created_at,
        "display_name": key.display_name,
        "roles": sorted(key.roles),
        "prefix": key.prefix,
        "digest": key.digest,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "version": key.version,
        "updated_at": key.updated_at,
    }


def api_key_from_row(row: TupleRow) -> ApiKey:
    """Return the key in a row of COLUMNS."""
    (
        organization_id, key_id, created_at, display_name, roles, prefix, digest, expires_at,
        revoked_at, version, updated_at,
    ) = row  # fmt: skip
    return ApiKey(
        id=ApiKeyId(key_id),
        organization_id=OrganizationId(organization_id),
        display_name=display_name,
        roles=frozenset(Role(role) for role in roles),
        prefix=prefix,
        digest=bytes(digest),
        expires_at=expires_at,
        revoked_at=revoked_at,
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )
