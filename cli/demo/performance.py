"""One performance of the day: the platform, the tokens, the audience, the proof at the end."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from campotech_client import CampoTech, CampoTechError, RetryPolicy
from campotech_client.errors import UnauthenticatedError
from campotech_client.resources import Organization
from cli.demo.audience import LineAudience
from cli.demo.live_board import LiveBoard
from cli.demo.proof import Proof, prove
from cli.demo.sandbox_view import SandboxView
from cli.demo.stages import DayFailedError, stage
from cli.demo.story import BusinessDay, Cast, Day
from cli.development_tokens import mint_token
from cli.local_platform.announcements import Announcements
from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_platform.platform import LocalPlatform
from cli.local_platform.state_folder import StateFolder
from cli.seed import DEMO_ORGANIZATION_ID, DISPATCHER, TECHNICIANS, DemoMember
from cli.settings import LocalSettings

__all__ = ["DayFailedError", "Performance"]

PROBE_SECONDS = 3.0
PROOF_SECONDS = 15.0
ORGANIZATION = f"organizations/{DEMO_ORGANIZATION_ID}"


class Performance:
    """Plays the day where `edge` says, else on the platform of the settings."""

    def __init__(
        self, settings: LocalSettings, console: Console, *, edge: str | None, sandbox: str | None
    ) -> None:
        self._settings = settings
        self._console = console
        self._is_elsewhere = edge is not None
        self._edge = edge or f"127.0.0.1:{settings.edge_port}"
        self._sandbox = SandboxView(sandbox or settings.sandbox_url)
        self._keys = DevelopmentKeys(StateFolder.at(settings.state_dir).keys)

    async def run(self, *, travel_seconds: float, lines: bool) -> None:
        """Play and prove the day; raise DayFailedError, or LocalServerError if nothing starts."""
        _stop_when_terminated()
        async with self._platform(), self._caller(DISPATCHER) as office:
            self._keys.ensure()
            began_at = time.monotonic()
            business = await self._business(office)
            day = await self._play(office, travel_seconds=travel_seconds, lines=lines)
            async with stage("Ask the sandbox", within_seconds=PROOF_SECONDS):
                proof = await prove(day, self._sandbox, cuit=business.fiscal_profile.cuit)
            self._show(proof, seconds=time.monotonic() - began_at)

    @asynccontextmanager
    async def _platform(self) -> AsyncIterator[None]:
        if await self._is_running():
            yield
            return
        if self._is_elsewhere:
            raise DayFailedError(f"Nobody answers at {self._edge}.")
        self._console.print(f"Nothing runs at {self._edge}, so a platform is started for the demo.")
        platform = LocalPlatform(
            self._settings, environment=os.environ, report=Announcements(self._console).event
        )
        async with platform:
            yield

    async def _is_running(self) -> bool:
        async with CampoTech(self._edge, retries=RetryPolicy(max_attempts=1)) as anybody:
            try:
                await anybody.health.get(timeout_seconds=PROBE_SECONDS)
            except CampoTechError:
                return False
        return True

    async def _business(self, office: CampoTech) -> Organization:
        """Return the demo organisation; raise DayFailedError where it cannot be played for."""
        try:
            async with stage("Read the organisation", within_seconds=PROOF_SECONDS):
                return await office.directory.get_organization(ORGANIZATION)
        except DayFailedError as error:
            if isinstance(error.__cause__, UnauthenticatedError):
                raise DayFailedError(
                    f"{error} The tokens are signed with the keys in {self._keys.folder}: "
                    "set CAMPOTECH_STATE_DIR to the folder of the platform that runs."
                ) from error
            raise

    def _caller(self, member: DemoMember) -> CampoTech:
        return CampoTech(
            self._edge,
            token=lambda: mint_token(
                self._keys,
                organization_id=DEMO_ORGANIZATION_ID,
                roles=[member.role],
                subject=str(member.id),
            ),
        )

    async def _play(self, office: CampoTech, *, travel_seconds: float, lines: bool) -> Day:
        technician = TECHNICIANS[0]
        with tempfile.TemporaryDirectory(prefix="campotech-demo-") as folder:
            async with self._caller(technician) as van:
                cast = Cast(
                    office=office,
                    van=van,
                    technician=f"{ORGANIZATION}/members/{technician.id}",
                    technician_display_name=technician.display_name,
                )
                buffer_path = Path(folder) / "phone.sqlite"
                if lines or not self._console.is_terminal:
                    audience = LineAudience(self._console)
                    story = BusinessDay(cast, audience, buffer_path=buffer_path)
                    return await story.play(travel_seconds=travel_seconds)
                with LiveBoard(self._console) as board:
                    story = BusinessDay(cast, board, buffer_path=buffer_path)
                    return await story.play(travel_seconds=travel_seconds)

    def _show(self, proof: Proof, *, seconds: float) -> None:
        for line in proof.lines:
            self._console.print(Text(f"✔ {line}", style="green"), soft_wrap=True)
        self._console.print(f"One business day in {seconds:.0f} s", style="bold")


def _stop_when_terminated() -> None:
    """Make SIGTERM end the performance as Ctrl-C does: in order, with nothing left behind."""
    playing = asyncio.current_task()
    if playing is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
