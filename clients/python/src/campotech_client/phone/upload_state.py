"""What the phone knows of its uploads: the server's policy, what was asked for, what was acked."""

import asyncio
import contextlib
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from campotech.tracking.v1.location_pb2 import TrackingPolicy

LEAST_INTERVAL_SECONDS = 0.1


def policy_until_told() -> TrackingPolicy:
    """Return how a phone measures and sends before the server said anything."""
    return TrackingPolicy(
        mode=TrackingPolicy.MODE_STREAM,
        sample_interval=Duration(seconds=15),
        upload_interval=Duration(seconds=60),
    )


class UploadState:
    """Shared by the phone, its uploader and the stream that is open now."""

    def __init__(self) -> None:
        self.policy = policy_until_told()
        self.server_is_ahead_by = timedelta()
        self.has_acks = False
        """Whether the stream of now has brought anything home."""
        self._is_asked = asyncio.Event()
        self._is_acked = asyncio.Event()

    @property
    def hangs_up(self) -> bool:
        """Whether the policy is to call, send and hang up."""
        return self.policy.mode == TrackingPolicy.MODE_POLL

    def adopt(self, policy: TrackingPolicy) -> None:
        """Follow a new policy; an upload that is being waited for under the old one comes now."""
        if policy != self.policy:
            self.policy = policy
            self.ask()

    def ask(self) -> None:
        """Have the next upload begin at once."""
        self._is_asked.set()

    def forget_asked(self) -> None:
        """Say that an upload of everything begins, which is what was asked for."""
        self._is_asked.clear()

    async def until_due(self) -> None:
        """Wait for the upload interval, or until somebody asks."""
        interval = self.policy.upload_interval.ToTimedelta().total_seconds()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(interval, LEAST_INTERVAL_SECONDS)):
                await self._is_asked.wait()
        self._is_asked.clear()

    def note_acks(self) -> None:
        self.has_acks = True
        self._is_acked.set()

    async def until_next_acks(self) -> None:
        self._is_acked.clear()
        await self._is_acked.wait()
