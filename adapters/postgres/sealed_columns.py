"""Secrets in columns: sealed for one table and organisation, opened there alone."""

from collections.abc import Mapping

from adapters.postgres.sealed_values import KeyRing, UnsealError
from domain.connections.ports import SealedSecretUnreadableError, SecretsKeyMissingError
from domain.identifiers import OrganizationId


class SealedColumns:
    """Seals with the newest key; a platform without any reads all but the secrets."""

    def __init__(self, keys: KeyRing | None) -> None:
        self._keys = keys

    def sealed(
        self, table: str, organization_id: OrganizationId, *, column: str, secret: str
    ) -> Mapping[str, object]:
        """Return the columns of a secret; raise SecretsKeyMissingError."""
        if self._keys is None:
            raise SecretsKeyMissingError
        bound_to = _binding(table, organization_id)
        return {
            column: self._keys.seal(secret.encode(), bound_to=bound_to),
            "sealed_with": self._keys.sealing_name,
        }

    def opened(self, table: str, organization_id: OrganizationId, sealed: bytes) -> str:
        """Return a secret; raise SealedSecretUnreadableError."""
        if self._keys is None:
            raise SealedSecretUnreadableError(table)
        try:
            return self._keys.unseal(sealed, bound_to=_binding(table, organization_id)).decode()
        except UnsealError as error:
            raise SealedSecretUnreadableError(table) from error


def _binding(table: str, organization_id: OrganizationId) -> bytes:
    return f"{table} {organization_id}".encode()
