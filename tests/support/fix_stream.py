"""A phone's open stream of fixes, and a viewer of positions, each awaited with a deadline."""

import asyncio

from campotech.tracking.v1 import locations_pb2
from campotech.tracking.v1.location_pb2 import LocationUpdate
from tests.support.requests import sending_fixes
from tests.support.rpc import Caller

PATIENCE_SECONDS = 10.0


class FixStream:
    """One phone on StreamLocations."""

    def __init__(self, caller: Caller, device: str) -> None:
        self._device = device
        self._call = caller.tracking.StreamLocations()

    async def send(self, *seqs: int) -> locations_pb2.StreamLocationsResponse:
        """Send a batch and return its answer."""
        await self._call.write(sending_fixes(self._device, *seqs))
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await self._call.read()
        assert isinstance(answer, locations_pb2.StreamLocationsResponse)
        return answer

    def hang_up(self) -> None:
        self._call.cancel()


class LocationWatch:
    """One viewer on WatchLocations."""

    def __init__(self, caller: Caller, *technicians: str) -> None:
        request = locations_pb2.WatchLocationsRequest(technicians=technicians)
        self._call = caller.tracking.WatchLocations(request)

    async def snapshot(self) -> list[LocationUpdate]:
        """Return where everybody is; the first word of the stream."""
        response = await self._next()
        assert response.WhichOneof("update") == "snapshot"
        return list(response.snapshot.locations)

    async def location(self) -> LocationUpdate:
        """Return the next position, whatever signs of life come before it."""
        response = await self._next()
        while response.WhichOneof("update") == "heartbeat":
            response = await self._next()
        return response.location

    async def _next(self) -> locations_pb2.WatchLocationsResponse:
        async with asyncio.timeout(PATIENCE_SECONDS):
            response = await self._call.read()
        assert isinstance(response, locations_pb2.WatchLocationsResponse)
        return response
