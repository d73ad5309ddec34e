"""Makes the phone known to the server, however long that takes."""

import asyncio
from dataclasses import dataclass

from campotech.tracking.v1 import locations_pb2, locations_pb2_grpc
from campotech.tracking.v1.device_pb2 import Device
from campotech_client.connection import Connection, new_request_id
from campotech_client.errors import CampoTechError, DeadlineExceededError, PreconditionError
from campotech_client.phone.fix_buffer import FixBuffer
from campotech_client.retries import may_succeed_later

EPOCH_PAST = "INSTALL_EPOCH_PAST"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneModel:
    """What a phone says about itself."""

    platform: Device.Platform.ValueType = Device.PLATFORM_OTHER
    device_label: str = ""


async def register_device(
    connection: Connection, buffer: FixBuffer, model: PhoneModel
) -> locations_pb2.RegisterDeviceResponse:
    """Register the phone and its numbering, repeating until there is an answer.

    Raises what no repeat can cure: PermissionDeniedError, AlreadyExistsError (INSTALLATION_TAKEN).
    """
    stub = locations_pb2_grpc.TrackingServiceStub(connection.channel)
    failures = 0
    while True:
        try:
            return await connection.call(
                stub.RegisterDevice, _request(buffer, model), timeout_seconds=None
            )
        except PreconditionError as error:
            if error.reason != EPOCH_PAST:
                raise
            current = int(error.metadata["current_epoch"])
            await asyncio.to_thread(buffer.begin_epoch, after=current)
        except CampoTechError as error:
            if not may_succeed_later(error) and not isinstance(error, DeadlineExceededError):
                raise
            pause = connection.retries.pause_seconds(failures, asked_for=error.retry_after_seconds)
            failures += 1
            await asyncio.sleep(pause)


def _request(buffer: FixBuffer, model: PhoneModel) -> locations_pb2.RegisterDeviceRequest:
    return locations_pb2.RegisterDeviceRequest(
        device_label=model.device_label,
        platform=model.platform,
        installation_id=buffer.installation_id,
        install_epoch=buffer.install_epoch,
        request_id=new_request_id(),
    )
