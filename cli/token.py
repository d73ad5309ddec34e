"""`campotech token`: an access token for the local platform, for grpcurl, curl and trying out."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer

from cli.development_tokens import mint_token
from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_platform.state_folder import StateFolder
from cli.settings import LocalSettings
from domain.commands import Role
from domain.identifiers import PLATFORM_ORGANIZATION_ID, OrganizationId

PRODUCTION = "production"


def token(
    role: Annotated[list[Role], typer.Option(help="What the caller may do; may be repeated.")],
    organization: Annotated[
        UUID | None,
        typer.Option(help="Whose data the caller sees; the platform's own admins need none."),
    ] = None,
    member: Annotated[
        str | None,
        typer.Option(help="Who calls: a member's id. Without it, the role's name."),
    ] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=720, help="How long it is good.")] = 12,
    environment: Annotated[
        str, typer.Option(envvar="CAMPOTECH_ENVIRONMENT", show_envvar=True, hidden=True)
    ] = "development",
) -> None:
    """Print an access token of the local platform."""
    if environment == PRODUCTION:
        raise typer.BadParameter("Development tokens are not made in production.")
    if organization is None and Role.ADMIN not in role:
        raise typer.BadParameter("Name the organisation with --organization.")
    keys = DevelopmentKeys(StateFolder.at(LocalSettings().state_dir).keys)
    keys.ensure()
    typer.echo(
        mint_token(
            keys,
            organization_id=OrganizationId(organization or PLATFORM_ORGANIZATION_ID),
            roles=role,
            subject=member or role[0].value,
            lifetime=timedelta(hours=hours),
        )
    )
