"""Ends the streams that were opened with an API key soon after it was revoked."""

from contextlib import AbstractAsyncContextManager

from server.api_keys import ApiKeyVerifier
from server.open_streams import OpenStreams
from server.steady_reading import SteadyReading


class ApiKeyWatch:
    """Looks again at each key that has a stream open in this process; without any it asks nothing.

    While the database is away streams stay open; no key is revoked in that time either.
    """

    def __init__(
        self, api_keys: ApiKeyVerifier, streams: OpenStreams, *, every_seconds: float
    ) -> None:
        self._api_keys = api_keys
        self._streams = streams
        self._reading = SteadyReading(self._look, what="api_keys", every_seconds=every_seconds)

    def running(self) -> AbstractAsyncContextManager[None]:
        """Look at the keys until the block ends."""
        return self._reading.running()

    async def _look(self) -> bool:
        revoked = await self._api_keys.revoked_among(self._streams.api_keys())
        self._streams.end_of_keys(revoked)
        return False
