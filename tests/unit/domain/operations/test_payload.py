from uuid import UUID

import pytest

from domain.errors import InvalidInputError
from domain.operations.payload import MOST_BYTES, PayloadSchema, PayloadTooLargeError, to_json
from domain.transactions import Payload
from tests.support.clocks import new_id

SCHEMA = PayloadSchema(
    fields={"id": UUID, "count": int, "text": str, "data": dict, "user_id": UUID, "address": str},
    optional=frozenset({"data"}),
    one_of=frozenset({"user_id", "address"}),
)


def a_payload(**particular: object) -> Payload:
    values = {"id": str(new_id()), "count": 1, "text": "x", "address": "y", **particular}
    return {name: value for name, value in values.items() if value is not ...}  # type: ignore[misc]  # wrong values are what is tested


@pytest.mark.parametrize(
    "particular",
    [
        {},
        {"data": {"a": "x", "b": 1, "c": 1.5, "d": None, "e": True}},
        {"data": {}},
        {"address": ..., "user_id": str(new_id())},
    ],
)
def test_a_payload_with_the_fields_of_its_schema_passes(particular: dict[str, object]) -> None:
    SCHEMA.check(a_payload(**particular), "test:kind")


@pytest.mark.parametrize(
    ("particular", "field"),
    [
        ({"more": 1}, "more"),
        ({"text": ...}, "text"),
        ({"text": 7}, "text"),
        ({"text": None}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "\ud800"}, "text"),
        ({"count": True}, "count"),
        ({"count": "1"}, "count"),
        ({"id": "x"}, "id"),
        ({"id": str(new_id()).upper()}, "id"),
        ({"id": 7}, "id"),
        ({"data": "x"}, "data"),
        ({"data": {"a": {}}}, "data"),
        ({"data": {"a": float("nan")}}, "data"),
        ({"data": {"\x00": 1}}, "data"),
        ({"address": ...}, "address"),
        ({"user_id": str(new_id())}, "address"),
    ],
)
def test_another_payload_is_refused_by_the_name_of_the_field(
    particular: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        SCHEMA.check(a_payload(**particular), "test:kind")

    assert refusal.value.field == f"payload.{field}"


def test_equal_payloads_are_the_same_text() -> None:
    assert to_json({"a": 1, "b": "x"}, "k") == to_json({"b": "x", "a": 1}, "k")


@pytest.mark.parametrize("text", ["x" * 65_519, "ñ" * 32_759])
def test_a_payload_of_the_largest_size_passes(text: str) -> None:
    assert len(f'{{"note": "{text}"}}'.encode()) in {MOST_BYTES - 5, MOST_BYTES - 6}
    assert to_json({"note": text}, "test:kind")


@pytest.mark.parametrize("text", ["x" * MOST_BYTES, "ñ" * (MOST_BYTES // 2)])
def test_a_larger_payload_is_refused_with_its_size(text: str) -> None:
    with pytest.raises(PayloadTooLargeError) as refusal:
        to_json({"note": text}, "test:kind")

    assert refusal.value.field == "payload"
    assert refusal.value.metadata["bytes"] == str(MOST_BYTES + len('{"note": ""}'))
