import pytest

from domain.errors import InvalidInputError
from domain.operations.task_type import TASK_TYPES, Tier, UnknownTaskTypeError, task_type
from domain.transactions import Payload
from tests.support.task_types import NOTE


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownTaskTypeError) as refusal:
        task_type("invoice:forget")

    assert refusal.value.metadata["type"] == "invoice:forget"


@pytest.mark.parametrize(
    ("name", "tier", "max_attempts", "first_backoff_seconds"),
    [
        ("invoice:generate", Tier.BATCH, 10, 5.0),
        ("invoice:afip-submit", Tier.BATCH, 10, 5.0),
        ("whatsapp:send", Tier.BACKGROUND, 5, 2.0),
        ("notification:email", Tier.BACKGROUND, 5, 2.0),
    ],
)
def test_types_run_in_their_tier_with_its_retries(
    name: str, tier: Tier, max_attempts: int, first_backoff_seconds: float
) -> None:
    kind = task_type(name)

    assert (kind.tier, kind.max_attempts, kind.first_backoff_seconds) == (
        tier,
        max_attempts,
        first_backoff_seconds,
    )


def test_every_type_is_registered_under_its_own_name() -> None:
    assert all(name == kind.name for name, kind in TASK_TYPES.items())


def test_a_payload_of_the_type_passes() -> None:
    NOTE.check({"note": "x"})


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "payload.note"),
        ({"note": "x", "more": 1}, "payload.more"),
        ({"note": 7}, "payload.note"),
        ({"note": None}, "payload.note"),
    ],
)
def test_another_payload_is_refused_by_the_name_of_the_field(payload: Payload, field: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        NOTE.check(payload)

    assert refusal.value.field == field
