"""What a caller is told when a call is refused, taken apart."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

DETAIL_TYPES = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        error_details_pb2.BadRequest,
        error_details_pb2.ErrorInfo,
        error_details_pb2.LocalizedMessage,
        error_details_pb2.QuotaFailure,
        error_details_pb2.RequestInfo,
        error_details_pb2.RetryInfo,
    )
}


@dataclass(frozen=True, slots=True)
class Refused:
    """The status of a refused call."""

    code: grpc.StatusCode
    message: str
    details: list[Any] = field(default_factory=list)

    @property
    def reason(self) -> str:
        return str(self.info.reason)

    @property
    def info(self) -> error_details_pb2.ErrorInfo:
        """The one ErrorInfo there must be."""
        (info,) = self.all_of(error_details_pb2.ErrorInfo)
        return info

    @property
    def fields(self) -> list[str]:
        return [
            violation.field
            for bad in self.all_of(error_details_pb2.BadRequest)
            for violation in bad.field_violations
        ]

    @property
    def spanish(self) -> str:
        (localized,) = self.all_of(error_details_pb2.LocalizedMessage)
        assert localized.locale == "es-AR"
        return str(localized.message)

    @property
    def retry_after_seconds(self) -> float | None:
        found = self.all_of(error_details_pb2.RetryInfo)
        return found[0].retry_delay.ToTimedelta().total_seconds() if found else None

    @property
    def request_id(self) -> str:
        (info,) = self.all_of(error_details_pb2.RequestInfo)
        return str(info.request_id)

    def all_of(self, kind: type[Message]) -> list[Any]:
        return [detail for detail in self.details if isinstance(detail, kind)]


async def refused(call: Awaitable[object]) -> Refused:
    """Await a call that must fail and return how."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return refusal_in(error)
    message = f"The call was not refused; it answered {answer!r}."
    raise AssertionError(message)


def refusal_in(error: grpc.aio.AioRpcError) -> Refused:
    """Return what an error of a call says."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status = status_pb2.Status.FromString(value)
            details = [_unpacked(packed) for packed in status.details]
            return Refused(error.code(), error.details() or "", details)
    return Refused(error.code(), error.details() or "")


def _unpacked(packed: AnyMessage) -> Message:
    detail: Message = DETAIL_TYPES[packed.TypeName()]()
    packed.Unpack(detail)
    return detail
