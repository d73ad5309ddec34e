"""What `campotech up` tells the person at the terminal."""

import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cli.local_platform.platform import LocalPlatform
from cli.local_platform.supervision import Event, EventKind
from cli.local_servers.ports import LOOPBACK
from cli.seed import DEMO_ORGANIZATION_ID
from cli.settings import LocalSettings

STYLES = {
    EventKind.READY: "green",
    EventKind.RESTARTED: "green",
    EventKind.STOPPED: "dim",
    EventKind.DIED: "red",
    EventKind.FAILED_TO_RESTART: "red",
    EventKind.KILLED: "yellow",
}
READY_LINE = "CampoTech is ready"


class Announcements:
    """Prints one line per event, the addresses, and commands that can be pasted."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def starting(self, platform: LocalPlatform) -> None:
        self._say(f"Starting CampoTech; its state is in {shown(platform.folder.root)}", "bold")

    def event(self, event: Event) -> None:
        seconds = f"{event.seconds:.1f} s" if event.seconds else ""
        details = "  ".join(filter(None, (seconds, event.detail)))
        self._say(f"  {event.program:<18} {event.kind:<10} {details}", STYLES[event.kind])

    def ready(self, platform: LocalPlatform) -> None:
        for title, address in addresses(platform):
            self._say(f"  {title:<24} {address}")
        self._say("\nTry it in another terminal:", "bold")
        # At the margin, so that the end of a here document is found.
        for line in (*commands(platform.settings), *sdk_lines(platform.settings)):
            self._say(line, "cyan")
        self._say("\n`make demo` plays one business day on it. Ctrl-C stops everything.")
        self._say(READY_LINE, "bold green")

    def stopping(self) -> None:
        self._say("\nStopping; Ctrl-C again kills what is left.", "bold")

    def stopped(self) -> None:
        self._say("CampoTech has stopped", "bold")

    def failed(self, reason: str) -> None:
        self._say(f"CampoTech cannot run: {reason}", "bold red")

    def _say(self, text: str, style: str = "") -> None:
        # Never wrapped: commands are pasted, and a pipe has no width.
        self._console.print(Text(text, style=style), soft_wrap=True)


def addresses(platform: LocalPlatform) -> list[tuple[str, str]]:
    settings = platform.settings
    measured = ", ".join(
        f"{settings.metrics_port_of(name)} {name}" for name in settings.measured_programs()
    )
    return [
        ("", ""),
        ("JSON, gRPC and gRPC-Web", settings.edge_url),
        ("gRPC, without the edge", settings.grpc_address),
        ("Sandbox", f"{settings.sandbox_url}  (what ARCA, WhatsApp and mailboxes received)"),
        ("Metrics on 127.0.0.1", measured),
        ("Logs", shown(platform.folder.logs)),
    ]


def commands(settings: LocalSettings) -> list[str]:
    """Return commands that work as they stand in this folder."""
    campotech = shown(Path(sys.prefix) / "bin" / "campotech")
    authorization = '-H "authorization: Bearer $TOKEN"'
    grpc = f"{grpcurl()} -plaintext"
    return [
        f"TOKEN=$({campotech} token --role dispatcher --organization {DEMO_ORGANIZATION_ID})",
        f"curl {settings.edge_url}/api/health",
        f"curl {authorization} {settings.edge_url}/api/v1/jobs",
        f"{grpc} {settings.grpc_address} list",
        f"{grpc} {authorization} {settings.grpc_address} campotech.jobs.v1.JobService/ListJobs",
    ]


def sdk_lines(settings: LocalSettings) -> list[str]:
    """Return the same question asked from Python."""
    address = f"{LOOPBACK}:{settings.edge_port}"
    return [
        f"{shown(Path(sys.executable))} - $TOKEN <<'END'",
        "import asyncio, sys",
        "from campotech_client import CampoTech",
        "async def main():",
        f'    async with CampoTech("{address}", token=sys.argv[1]) as campotech:',
        "        print((await campotech.health.get()).status)",
        "        async for job in campotech.jobs.list():",
        "            print(job.number, job.description)",
        "asyncio.run(main())",
        "END",
    ]


def grpcurl() -> str:
    built_here = Path(".tools/grpcurl")
    return str(built_here) if built_here.exists() else "grpcurl"


def shown(path: Path) -> str:
    """Return a path as a person standing here would write it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
