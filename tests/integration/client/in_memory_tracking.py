"""Tracking in memory: devices, fixes stored once, acks that can be lost, positions watched."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2

from campotech.tracking.v1 import locations_pb2, locations_pb2_grpc
from campotech.tracking.v1.device_pb2 import Device
from campotech.tracking.v1.location_pb2 import Fix, RejectedFix, SeqRange, TrackingPolicy
from tests.integration.client.faults import TOKEN_EXPIRED, UNREACHABLE, Fault

DEVICE = "organizations/acme/devices/moto-g"


def policy(
    *,
    mode: TrackingPolicy.Mode.ValueType = TrackingPolicy.MODE_STREAM,
    upload_seconds: float = 0.1,
) -> TrackingPolicy:
    interval = Duration()
    interval.FromMilliseconds(round(upload_seconds * 1000))
    return TrackingPolicy(mode=mode, sample_interval=Duration(seconds=5), upload_interval=interval)


class InMemoryTracking(locations_pb2_grpc.TrackingServiceServicer):
    """Keeps what the contract promises, and loses acks when told to."""

    def __init__(self) -> None:
        self.policy = policy()
        self.least_epoch = 0
        self.stored: dict[tuple[int, int], Fix] = {}
        self.batches: list[list[int]] = []
        self.streams_hung_up = 0
        self.open_streams: set[asyncio.Task[Any]] = set()
        self.rejects: set[int] = set()
        self.lost_acks: deque[Fault] = deque()
        self.watch_answers: deque[Sequence[locations_pb2.WatchLocationsResponse]] = deque()

    async def RegisterDevice(  # noqa: N802  # the contract's name
        self, request: locations_pb2.RegisterDeviceRequest, context: Any
    ) -> Any:
        if request.install_epoch < self.least_epoch:
            info = error_details_pb2.ErrorInfo(
                reason="INSTALL_EPOCH_PAST", metadata={"current_epoch": str(self.least_epoch)}
            )
            await Fault(code=grpc.StatusCode.FAILED_PRECONDITION, details=(info,)).abort(context)
        device = Device(name=DEVICE, install_epoch=request.install_epoch)
        return locations_pb2.RegisterDeviceResponse(device=device, policy=self.policy)

    async def StreamLocations(  # noqa: N802  # the contract's name
        self, request_iterator: AsyncIterator[locations_pb2.StreamLocationsRequest], context: Any
    ) -> AsyncIterator[locations_pb2.StreamLocationsResponse]:
        serving = asyncio.current_task()
        assert serving is not None
        self.open_streams.add(serving)
        try:
            async for answer in self._answers(request_iterator, context):
                yield answer
        except asyncio.CancelledError:
            if serving not in self.open_streams:
                await TOKEN_EXPIRED.abort(context)
            raise
        finally:
            self.open_streams.discard(serving)
        self.streams_hung_up += 1

    def expire_streams(self) -> None:
        """End the open streams as if their tokens had expired."""
        while self.open_streams:
            self.open_streams.pop().cancel()

    async def _answers(
        self, requests: AsyncIterator[locations_pb2.StreamLocationsRequest], context: Any
    ) -> AsyncIterator[locations_pb2.StreamLocationsResponse]:
        async for request in requests:
            batch = request.batch
            self.batches.append([fix.seq for fix in batch.fixes])
            refused = [fix.seq for fix in batch.fixes if fix.seq in self.rejects]
            kept = {(batch.install_epoch, fix.seq): fix for fix in batch.fixes}
            self.stored.update((key, fix) for key, fix in kept.items() if fix.seq not in refused)
            if self.lost_acks:
                await self.lost_acks.popleft().abort(context)
            yield self._answer(batch.install_epoch, kept=kept, refused=refused)

    async def WatchLocations(  # noqa: N802  # the contract's name
        self, request: locations_pb2.WatchLocationsRequest, context: Any
    ) -> AsyncIterator[locations_pb2.WatchLocationsResponse]:
        for response in self.watch_answers.popleft():
            yield response
        await UNREACHABLE.abort(context)

    def _answer(
        self, epoch: int, *, kept: dict[tuple[int, int], Fix], refused: Sequence[int]
    ) -> locations_pb2.StreamLocationsResponse:
        now = Timestamp()
        now.GetCurrentTime()
        return locations_pb2.StreamLocationsResponse(
            acked=[SeqRange(first=seq, last=seq) for _, seq in kept if seq not in refused],
            rejected=[RejectedFix(seq=seq, reason=RejectedFix.REASON_TOO_OLD) for seq in refused],
            server_time=now,
            policy=self.policy,
            install_epoch=epoch,
        )
