"""Everything that one running sandbox holds, put together."""

from dataclasses import dataclass
from typing import Self

from sandbox.arca.certificates import CertificateAuthority
from sandbox.arca.series import SeriesStore
from sandbox.arca.tickets import TicketOffice
from sandbox.arca_wsaa import Wsaa
from sandbox.arca_wsfe import Wsfe
from sandbox.behaviour import Controls
from sandbox.calls import FaultTarget, Service
from sandbox.clock import Clock
from sandbox.faults import FaultBoard
from sandbox.received import ReceivedLog
from sandbox.settings import SandboxSettings
from sandbox.smtp import SmtpRelay
from sandbox.whatsapp import WhatsApp


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    clock: Clock
    controls: Controls
    authority: CertificateAuthority
    series: SeriesStore
    tickets: TicketOffice
    wsaa: Wsaa
    wsfe: Wsfe
    whatsapp: WhatsApp
    smtp: SmtpRelay
    faults: FaultBoard
    received: ReceivedLog

    @classmethod
    def open(cls, settings: SandboxSettings, clock: Clock) -> Self:
        folder = settings.state_dir
        controls = Controls(settings.arca, settings.whatsapp)
        authority = (
            CertificateAuthority.generated()
            if folder is None
            else CertificateAuthority.in_folder(folder)
        )
        series = SeriesStore(folder)
        tickets = TicketOffice(authority, controls, clock)
        faults, received = FaultBoard(), ReceivedLog(settings.received_kept)
        return cls(
            clock=clock,
            controls=controls,
            authority=authority,
            series=series,
            tickets=tickets,
            wsaa=Wsaa(authority, tickets, clock),
            wsfe=Wsfe(series, tickets, controls=controls, clock=clock),
            whatsapp=WhatsApp(controls, clock),
            smtp=SmtpRelay(faults, received, clock),
            faults=faults,
            received=received,
        )

    @property
    def services(self) -> tuple[Service, ...]:
        return (self.wsaa, self.wsfe, self.whatsapp)

    def fault_targets(self) -> frozenset[str]:
        """Return every name that a fault can be put on, from one operation to all of ARCA."""
        targets: tuple[FaultTarget, ...] = (*self.services, self.smtp)
        names = frozenset(target.name for target in targets)
        return (
            names
            | {"arca"}
            | {f"{one.name}.{operation}" for one in targets for operation in one.operations}
        )

    def reset(self) -> None:
        """Forget everything but the certificate authority: as new, with the start's settings."""
        self.controls.reset()
        self.series.clear()
        self.tickets.forget_logins()
        self.whatsapp.reset()
        self.smtp.mailbox.clear()
        self.faults.clear()
        self.received.clear()

    def close(self) -> None:
        self.series.close()
