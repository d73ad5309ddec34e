"""Update masks: what they name, what they leave out, and what they must not say."""

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from campotech.jobs.v1.job_pb2 import Job
from server.update_masks import UpdateMaskInvalidError, parse_update_mask

JOB = Job(name="jobs/1", description="Sin agua", state=Job.STATE_PENDING, etag="7")


def test_a_mask_names_the_fields_that_change() -> None:
    assert parse_update_mask(FieldMask(paths=["price", "description"]), JOB) == {
        "price",
        "description",
    }


def test_without_a_mask_whatever_is_set_changes() -> None:
    assert parse_update_mask(FieldMask(), JOB) == {"description"}


def test_a_star_names_whatever_a_caller_may_set() -> None:
    named = parse_update_mask(FieldMask(paths=["*"]), JOB)

    assert {"description", "price", "scheduled_end_time", "customer"} <= named
    assert named.isdisjoint({"name", "number", "state", "technician", "etag", "pauses"})


@pytest.mark.parametrize("path", ["name", "state", "etag", "update_time"])
def test_what_only_the_server_sets_is_passed_over(path: str) -> None:
    assert parse_update_mask(FieldMask(paths=[path, "price"]), JOB) == {"price"}


@pytest.mark.parametrize(
    "paths", [["colour"], ["service_address.locality"], [""], ["price", "Price"], ["*", "x"]]
)
def test_a_path_that_cannot_be_named_is_told(paths: list[str]) -> None:
    with pytest.raises(UpdateMaskInvalidError) as refusal:
        parse_update_mask(FieldMask(paths=paths), JOB)

    assert refusal.value.metadata == {"field": "update_mask", "path": paths[-1]}
