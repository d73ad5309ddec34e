import pytest

from domain.errors import InvalidInputError
from domain.operations.task_type import TASK_TYPES, Tier, UnknownTaskTypeError, task_type
from domain.transactions import Payload
from tests.support.clocks import new_id
from tests.support.task_types import NOTE

ID = str(new_id())


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownTaskTypeError) as refusal:
        task_type("invoice:forget")

    assert refusal.value.metadata["type"] == "invoice:forget"


REALTIME, BACKGROUND, BATCH = (3, 1.0), (5, 2.0), (10, 5.0)


@pytest.mark.parametrize(
    ("name", "tier", "retries"),
    [
        ("whatsapp:respond", Tier.REALTIME, REALTIME),
        ("notification:push", Tier.REALTIME, REALTIME),
        ("webhook:process", Tier.REALTIME, REALTIME),
        ("whatsapp:send", Tier.BACKGROUND, BACKGROUND),
        ("voice:transcribe", Tier.BACKGROUND, BACKGROUND),
        ("notification:sms", Tier.BACKGROUND, BACKGROUND),
        ("notification:email", Tier.BACKGROUND, BACKGROUND),
        ("rating:request", Tier.BACKGROUND, BACKGROUND),
        ("invoice:generate", Tier.BATCH, BATCH),
        ("invoice:afip-submit", Tier.BATCH, BATCH),
        ("report:generate", Tier.BATCH, BATCH),
        ("analytics:calculate", Tier.BATCH, BATCH),
        ("archive:process", Tier.BATCH, BATCH),
        ("partitions:maintain", Tier.BATCH, BATCH),
        ("invoice:afip-sweep", Tier.BATCH, BATCH),
        ("budgets:check", Tier.BATCH, BATCH),
        ("costs:report", Tier.BATCH, BATCH),
    ],
)
def test_types_run_in_their_tier_with_its_retries(
    name: str, tier: Tier, retries: tuple[int, float]
) -> None:
    kind = task_type(name)

    assert (kind.tier, (kind.max_attempts, kind.first_backoff_seconds)) == (tier, retries)


def test_a_message_that_a_person_waits_for_runs_in_realtime() -> None:
    kind = task_type("whatsapp:send")

    assert kind.tier_of(is_awaited=True) is Tier.REALTIME
    assert kind.tier_of(is_awaited=False) is Tier.BACKGROUND


def test_waiting_for_a_task_does_not_make_it_faster_unless_its_type_says_so() -> None:
    assert NOTE.tier_of(is_awaited=True) is NOTE.tier


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("notification:sms", {"address": "+5491155550000", "template": "visit"}),
        ("notification:email", {"user_id": ID, "template": "visit", "data": {"day": "lunes"}}),
        ("notification:push", {"user_id": ID, "title": "Visita", "body": "Ya llegan."}),
        ("archive:process", {"table": "jobs", "period": "2026-01"}),
        ("budgets:check", {}),
    ],
)
def test_types_take_what_their_work_needs(name: str, payload: Payload) -> None:
    task_type(name).check(payload)


def test_an_invoice_may_wait_for_days_and_a_chat_may_not() -> None:
    assert task_type("invoice:afip-submit").deadline_seconds is None
    assert task_type("whatsapp:respond").deadline_seconds == 600


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
