"""What a test needs to talk to a running platform, whoever started it."""

from dataclasses import dataclass

from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_platform.programs import DATABASE
from cli.local_platform.state_folder import StateFolder
from cli.local_servers.ports import LOOPBACK
from cli.local_servers.postgres import SUPERUSER, local_url
from cli.settings import LocalSettings


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
