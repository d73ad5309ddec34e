"""A phone that holds no stream sends a batch of its fixes by itself."""

from collections.abc import Sequence

from domain.commands import CommandContext
from domain.identifiers import DeviceId
from domain.tracking.fix import Fix
from domain.tracking.use_cases.stream_locations import Ack, TrackingPorts, open_location_stream


async def report_locations(
    ports: TrackingPorts,
    context: CommandContext,
    *,
    device_id: DeviceId,
    install_epoch: int,
    fixes: Sequence[Fix],
) -> Ack:
    """Store a batch durably and answer it as the first one of a stream: with all that is acked.

    Raises NotFoundError, InstallEpochUnknownError, PermissionDeniedError, IngestFullError and
    TemporaryError.
    """
    stream = await open_location_stream(
        ports, context, device_id=device_id, install_epoch=install_epoch
    )
    return await stream.store(fixes)
