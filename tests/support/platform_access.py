"""What a test needs to talk to a running platform, whoever started it."""

from dataclasses import dataclass

from cli.development_tokens import mint_token
from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_platform.programs import DATABASE
from cli.local_platform.state_folder import StateFolder
from cli.local_servers.ports import LOOPBACK
from cli.local_servers.postgres import SUPERUSER, local_url
from cli.settings import LocalSettings
from domain.commands import Role
from domain.identifiers import OrganizationId


@dataclass(frozen=True, slots=True)
class PlatformAccess:
    """Where a platform is, as its settings say."""

    settings: LocalSettings

    @property
    def edge_address(self) -> str:
        return f"{LOOPBACK}:{self.settings.edge_port}"

    @property
    def keys(self) -> DevelopmentKeys:
        return DevelopmentKeys(self._folder.keys)

    def token(self, organization_id: OrganizationId, *roles: Role) -> str:
        """Return what a call of someone with these roles carries; they need not be a member."""
        return mint_token(
            self.keys, organization_id=organization_id, roles=roles, subject="somebody"
        )

    @property
    def superuser_url(self) -> str:
        return local_url(
            self._folder.postgres,
            SUPERUSER,
            port=self.settings.postgres_port,
            database=DATABASE,
        )

    @property
    def _folder(self) -> StateFolder:
        return StateFolder.at(self.settings.state_dir)
