"""Where the technicians are, live: the viewers' side and the phones'."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from campotech.tracking.v1 import locations_pb2, locations_pb2_grpc
from campotech.tracking.v1.device_pb2 import Device
from campotech.tracking.v1.location_pb2 import LocationBatch, LocationUpdate
from campotech_client.connection import Connection
from campotech_client.listings import Listing, Page
from campotech_client.phone.phone import Phone
from campotech_client.phone.registration import PhoneModel
from campotech_client.watches import Watch


class LocationWatch(
    Watch[locations_pb2.WatchLocationsRequest, locations_pb2.WatchLocationsResponse, LocationUpdate]
):
    """Where technicians are: first everybody's newest position, then every change.

    After a lost connection it goes on with what changed meanwhile. `positions` holds the newest of
    each technician, by their name.
    """

    def __init__(
        self,
        connection: Connection,
        stub: locations_pb2_grpc.TrackingServiceStub,
        *,
        request: locations_pb2.WatchLocationsRequest,
        patience_seconds: float | None,
    ) -> None:
        super().__init__(connection, stub.WatchLocations, patience_seconds=patience_seconds)
        self.positions: dict[str, LocationUpdate] = {}
        self._asked = request

    def _request(self) -> locations_pb2.WatchLocationsRequest:
        return self._asked

    def _items_of(self, response: locations_pb2.WatchLocationsResponse) -> Iterable[LocationUpdate]:
        told = [*response.snapshot.locations]
        if response.HasField("location"):
            told.append(response.location)
        news = [update for update in told if self.positions.get(update.technician) != update]
        self.positions.update((update.technician, update) for update in news)
        return news


class TrackingClient:
    """Watches technicians, and is a technician's phone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = locations_pb2_grpc.TrackingServiceStub(connection.channel)

    def watch(
        self,
        *,
        technicians: Sequence[str] = (),
        parent: str = "",
        patience_seconds: float | None = None,
    ) -> LocationWatch:
        """Tell where technicians are, all or the named ones. For owners and dispatchers.

        The watch reconnects by itself for ever, or for `patience_seconds`.
        """
        request = locations_pb2.WatchLocationsRequest(parent=parent, technicians=technicians)
        return LocationWatch(
            self._connection, self._stub, request=request, patience_seconds=patience_seconds
        )

    def list_latest(
        self,
        *,
        technicians: Sequence[str] = (),
        parent: str = "",
        page_size: int = 0,
        timeout_seconds: float | None = None,
    ) -> Listing[LocationUpdate]:
        """List where technicians were last, all or the named ones. For owners and dispatchers.

        Nobody who said nothing for two days is among them.
        """

        async def fetch(page_token: str) -> Page[LocationUpdate]:
            response = await self._connection.call(
                self._stub.ListLatestLocations,
                locations_pb2.ListLatestLocationsRequest(
                    parent=parent,
                    technicians=technicians,
                    page_size=page_size,
                    page_token=page_token,
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.locations, response.next_page_token)

        return Listing(fetch)

    async def report(
        self, batch: LocationBatch, *, timeout_seconds: float | None = None
    ) -> locations_pb2.ReportLocationsResponse:
        """Store some fixes of the caller's own phone; the answer says which it may forget.

        For technicians whose app keeps its own buffer; `phone` is one that does all of it. Raises
        NotFoundError (DEVICE_NOT_FOUND), PreconditionError (INSTALL_EPOCH_UNKNOWN).
        """
        return await self._connection.call(
            self._stub.ReportLocations,
            locations_pb2.ReportLocationsRequest(batch=batch),
            timeout_seconds=timeout_seconds,
        )

    def phone(
        self,
        buffer_path: Path | str,
        *,
        platform: Device.Platform.ValueType = Device.PLATFORM_OTHER,
        device_label: str = "",
    ) -> Phone:
        """Return the phone of the technician whose token this client has.

        `buffer_path` is the file that keeps its fixes and its identity: one per phone. One process
        may have it open (sqlite3.OperationalError).
        """
        model = PhoneModel(platform=platform, device_label=device_label)
        return Phone(self._connection, buffer_path, model)
