"""TrackingService: parse, call the use case, print the answer."""

from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from uuid import UUID

from campotech.tracking.v1 import locations_pb2, locations_pb2_grpc
from domain.errors import InvalidInputError
from domain.identifiers import DeviceId, IdSource, MemberId, OrganizationId
from domain.tracking.policy import FIRST_POLICY
from domain.tracking.ports import RecordedPositions
from domain.tracking.use_cases.list_latest_locations import list_latest_locations
from domain.tracking.use_cases.register_device import RegisterDevice, register_device
from domain.tracking.use_cases.report_locations import report_locations
from domain.tracking.use_cases.stream_locations import (
    LocationStream,
    TrackingPorts,
    open_location_stream,
)
from domain.tracking.use_cases.watch_locations import WatchLocations, watch_locations
from server.caller import command_context, current_caller
from server.calls import ServicerContext
from server.pagination import next_page_token, parse_page
from server.request_rules import RequestRules
from server.resource_names import DEVICES, MEMBERS, parse_parent
from server.services.location_batches import BatchReader
from server.services.tracking_messages import (
    PLATFORMS_BY_NUMBER,
    ack_to_proto,
    device_to_proto,
    news_to_proto,
    policy_to_proto,
    position_to_proto,
    report_to_proto,
)
from server.services.tracking_metrics import TrackingMetrics


class DeviceMissingError(InvalidInputError):
    """A report, or the first batch of a stream, does not say whose fixes these are."""

    reason = "DEVICE_MISSING"

    def __init__(self, field: str) -> None:
        super().__init__(
            f"A report, and the first batch of a stream, must set {field}.", field=field
        )


class TrackingService(locations_pb2_grpc.TrackingServiceServicer):
    """The phones of the caller's organisation, and where they are."""

    def __init__(
        self,
        ports: TrackingPorts,
        ids: IdSource,
        *,
        recorded: RecordedPositions,
        rules: RequestRules,
        metrics: TrackingMetrics,
        heartbeat_seconds: float,
    ) -> None:
        self._ports = ports
        self._ids = ids
        self._recorded = recorded
        self._reader = BatchReader(rules)
        self._metrics = metrics
        self._heartbeat_seconds = heartbeat_seconds

    async def RegisterDevice(
        self, request: locations_pb2.RegisterDeviceRequest, context: ServicerContext
    ) -> locations_pb2.RegisterDeviceResponse:
        parse_parent(request.parent, within=current_caller().organization_id)
        device = await register_device(
            self._ports.devices,
            self._ids,
            context=command_context(request.request_id),
            command=RegisterDevice(
                device_label=request.device_label,
                platform=PLATFORMS_BY_NUMBER[request.platform],
                installation_id=UUID(request.installation_id),
                install_epoch=request.install_epoch,
            ),
        )
        return locations_pb2.RegisterDeviceResponse(
            device=device_to_proto(device), policy=policy_to_proto(FIRST_POLICY)
        )

    async def StreamLocations(
        self,
        request_iterator: AsyncIterator[locations_pb2.StreamLocationsRequest],
        context: ServicerContext,
    ) -> AsyncIterator[locations_pb2.StreamLocationsResponse]:
        device, install_epoch = "", 0
        stream: LocationStream | None = None
        async for request in request_iterator:
            fixes = self._reader.fixes_of(request)
            batch = request.batch
            named = (batch.device or device, batch.install_epoch or install_epoch)
            if stream is None or named != (device, install_epoch):
                device, install_epoch = named
                stream = await self._open_stream(device, install_epoch)
            ack = await stream.store(fixes)
            self._metrics.count(len(fixes), ack)
            yield ack_to_proto(ack)

    async def ReportLocations(
        self, request: locations_pb2.ReportLocationsRequest, context: ServicerContext
    ) -> locations_pb2.ReportLocationsResponse:
        fixes = self._reader.fixes_of(request)
        batch = request.batch
        by = command_context()
        ack = await report_locations(
            self._ports,
            by,
            device_id=_parse_device(batch.device, batch.install_epoch, within=by.organization_id),
            install_epoch=batch.install_epoch,
            fixes=fixes,
        )
        self._metrics.count(len(fixes), ack)
        return report_to_proto(ack)

    async def WatchLocations(
        self, request: locations_pb2.WatchLocationsRequest, context: ServicerContext
    ) -> AsyncIterator[locations_pb2.WatchLocationsResponse]:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        technicians = _parse_technicians(request.technicians, within=organization_id)
        words = watch_locations(
            self._ports.live,
            self._ports.clock,
            command=WatchLocations(organization_id=organization_id, technicians=technicians),
            heartbeat_seconds=self._heartbeat_seconds,
        )
        async with aclosing(words):
            async for news in words:
                yield news_to_proto(news)

    async def ListLatestLocations(
        self, request: locations_pb2.ListLatestLocationsRequest, context: ServicerContext
    ) -> locations_pb2.ListLatestLocationsResponse:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        page = await list_latest_locations(
            self._ports.live,
            self._recorded,
            self._ports.clock,
            organization_id=organization_id,
            technicians=_parse_technicians(request.technicians, within=organization_id),
            page=parse_page(request, organization_id),
        )
        return locations_pb2.ListLatestLocationsResponse(
            locations=map(position_to_proto, page.items),
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )

    async def _open_stream(self, device: str, install_epoch: int) -> LocationStream:
        context = command_context()
        return await open_location_stream(
            self._ports,
            context,
            device_id=_parse_device(device, install_epoch, within=context.organization_id),
            install_epoch=install_epoch,
        )


def _parse_device(device: str, install_epoch: int, *, within: OrganizationId) -> DeviceId:
    if not device:
        raise DeviceMissingError("batch.device")
    if not install_epoch:
        raise DeviceMissingError("batch.install_epoch")
    return DEVICES.parse(device, within=within, field="batch.device")


def _parse_technicians(names: Iterable[str], *, within: OrganizationId) -> frozenset[MemberId]:
    return frozenset(
        MEMBERS.parse(name, within=within, field=f"technicians[{index}]")
        for index, name in enumerate(names)
    )
