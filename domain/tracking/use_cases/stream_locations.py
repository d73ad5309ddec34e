"""A phone sends its fixes for as long as it works; each is stored before it is acked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.clock import Clock
from domain.commands import CommandContext
from domain.identifiers import DeviceId
from domain.tracking.device import DeviceInstall
from domain.tracking.fix import Fix, RejectedFix, newest_live_fix, sift_fixes, unix_microseconds
from domain.tracking.policy import (
    Situation,
    TrackingPolicy,
    decide_policy,
    is_still,
    still_since,
)
from domain.tracking.ports import DeviceStore, FixBatch, FixStore, LivePositions, Travels
from domain.tracking.position import Position
from domain.tracking.ranges import SeqRanges, merge_ranges, ranges_of
from domain.tracking.use_cases.register_device import technician_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingPorts:
    """What all streams of a process share."""

    devices: DeviceStore
    fixes: FixStore
    live: LivePositions
    travels: Travels
    clock: Clock


class Ack(NamedTuple):
    """The answer to a batch; what it names, the phone may forget."""

    install_epoch: int
    acked: SeqRanges
    rejected: Sequence[RejectedFix]
    server_time: int
    """Unix microseconds."""
    policy: TrackingPolicy | None
    """How to go on, None where nothing changed."""


async def open_location_stream(
    ports: TrackingPorts, context: CommandContext, *, device_id: DeviceId, install_epoch: int
) -> "LocationStream":
    """Return a stream of the caller's own device.

    Raises NotFoundError, InstallEpochUnknownError and PermissionDeniedError.
    """
    install = await ports.devices.install(
        context.organization_id,
        technician_of(context),
        device_id=device_id,
        install_epoch=install_epoch,
    )
    return LocationStream(ports, install)


class LocationStream:
    """One phone's stream. A hundred thousand of these are open at a time: keep it small."""

    __slots__ = ("_install", "_newest", "_policy", "_ports", "_still_since", "_unsaid")

    def __init__(self, ports: TrackingPorts, install: DeviceInstall) -> None:
        self._ports = ports
        self._install = install
        self._unsaid = install.acked
        self._newest: Fix | None = None
        self._still_since: int | None = None
        self._policy: TrackingPolicy | None = None

    async def store(self, fixes: Sequence[Fix]) -> Ack:
        """Store a batch durably and answer it; raise IngestFullError or TemporaryError.

        The first answer also names what earlier streams stored, because its ack may have been
        lost with the connection.
        """
        received_at = unix_microseconds(self._ports.clock.now())
        accepted, rejected = sift_fixes(fixes, received_at)
        stored = ranges_of([fix.seq for fix in accepted])
        if accepted:
            await self._ports.fixes.append(FixBatch(self._install, accepted, stored, received_at))
            self._follow(accepted, received_at)
        acked = merge_ranges(self._unsaid, stored) if self._unsaid else stored
        self._unsaid = ()
        return Ack(
            install_epoch=self._install.install_epoch,
            acked=acked,
            rejected=rejected,
            server_time=unix_microseconds(self._ports.clock.now()),
            policy=await self._changed_policy(),
        )

    def _follow(self, fixes: Sequence[Fix], received_at: int) -> None:
        """Show where the phone is, unless this is history of a time without network."""
        before = self._newest
        newest = newest_live_fix(fixes, received_at)
        if newest is None or (before is not None and newest.recorded_at <= before.recorded_at):
            return
        self._still_since = still_since(self._still_since, fixes)
        self._newest = newest
        self._ports.live.offer(
            Position(
                self._install.organization_id, self._install.technician_id, newest, received_at
            )
        )

    async def _changed_policy(self) -> TrackingPolicy | None:
        newest = self._newest
        policy = decide_policy(
            Situation(
                is_live_available=self._ports.live.is_available,
                is_watched_en_route=await self._is_watched_en_route(),
                is_still=newest is not None and is_still(self._still_since, newest.recorded_at),
                battery_percent=None if newest is None else newest.battery_percent,
            )
        )
        if policy == self._policy:
            return None
        self._policy = policy
        return policy

    async def _is_watched_en_route(self) -> bool:
        organization_id = self._install.organization_id
        if not self._ports.live.is_watched(organization_id):
            return False
        travelling = await self._ports.travels.technicians_en_route(organization_id)
        return self._install.technician_id in travelling
