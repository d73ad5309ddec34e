"""Update masks on the wire: which fields of a resource a caller wants changed (AIP-134)."""

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from domain.errors import InvalidInputError

EVERYTHING = "*"

_SET_BY_THE_SERVER = frozenset({field_behavior_pb2.OUTPUT_ONLY, field_behavior_pb2.IDENTIFIER})


class UpdateMaskInvalidError(InvalidInputError):
    """The mask names what the resource does not have, or a part of one of its fields."""

    reason = "UPDATE_MASK_INVALID"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"update_mask: {path} is no field that can be named here.",
            field="update_mask",
            path=path,
        )


def parse_update_mask(mask: FieldMask, resource: Message) -> frozenset[str]:
    """Return the names of the fields that shall change; those that only the server sets never do.

    Without a mask they are all that the caller filled in; `*` means every one.
    """
    descriptor: Descriptor = resource.DESCRIPTOR  # type: ignore[assignment]  # upb's class
    settable = frozenset(field.name for field in descriptor.fields if not _is_set_by_server(field))
    if not mask.paths:
        return settable & {field.name for field, _ in resource.ListFields()}
    for path in mask.paths:
        if path != EVERYTHING and path not in descriptor.fields_by_name:
            raise UpdateMaskInvalidError(path)
    return settable if EVERYTHING in mask.paths else settable.intersection(mask.paths)


def _is_set_by_server(field: FieldDescriptor) -> bool:
    behaviors = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    return not _SET_BY_THE_SERVER.isdisjoint(behaviors)
