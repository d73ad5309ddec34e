"""Runs `campotech tasks` beside the server of a test."""

import asyncio
from dataclasses import dataclass

from typer.testing import CliRunner

from cli.main import app
from domain.commands import Role
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from tests.support.businesses import Business


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left, without what the server logs, which has the same output here."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def words(self) -> str:
        """Return all that was said, whatever frame it was put in."""
        return " ".join(f"{self.stdout} {self.stderr}".replace("│", " ").split())


async def run(words: list[str], *, answer: str = "", **environment: str) -> Outcome:
    result = await asyncio.to_thread(
        CliRunner().invoke, app, ["tasks", *words], env=environment, input=answer
    )
    lines = result.stdout.splitlines(keepends=True)
    said = "".join(line for line in lines if "call_finished" not in line)
    return Outcome(result.exit_code, said, result.stderr)


async def campotech_tasks(
    business: Business, *words: str, role: Role = Role.ADMIN, answer: str = ""
) -> Outcome:
    """Run the command beside the server, for a business, with a token from its environment."""
    organization_id = PLATFORM_ORGANIZATION_ID if role is Role.ADMIN else business.id
    token = business.api.issuer.token(role, organization_id=organization_id)
    arguments = ["--edge", business.api.address, "--organization", str(business.id)]
    return await run([*arguments, *words], answer=answer, CAMPOTECH_API_TOKEN=token)
