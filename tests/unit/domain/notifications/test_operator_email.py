import pytest

from domain.errors import DomainError, TemporaryError, UnknownOutcomeError
from domain.notifications.operator_email import email_operators
from domain.notifications.ports import EmailPostponedError, EmailRefusedError
from tests.support.clocks import MORNING
from tests.support.in_memory_notifications import ScriptedRelay

OPERATORS = ("guardia@example.com", "jefa@example.com")


async def tell(relay: ScriptedRelay, key: str) -> None:
    await email_operators(
        relay,
        OPERATORS,
        key=key,
        subject="Más de 100 tareas muertas\n(lote)",
        text="invoice:generate: 101",
        at=MORNING,
    )


async def test_every_operator_is_told_once_for_a_key() -> None:
    relay = ScriptedRelay()

    await tell(relay, "dead-tasks/2026-11-20")
    await tell(relay, "dead-tasks/2026-11-20")

    assert sorted(email.to for email in relay.mailbox.values()) == sorted(OPERATORS)
    assert len(relay.arrived) == 4


async def test_another_key_is_another_notice() -> None:
    relay = ScriptedRelay()

    await tell(relay, "dead-tasks/2026-11-20")
    await tell(relay, "dead-tasks/2026-11-21")

    assert len(relay.mailbox) == 4


@pytest.mark.parametrize(
    "failure",
    [
        EmailRefusedError("550", "no such mailbox"),
        EmailPostponedError("rate_limited", "too fast", retry_after_seconds=60),
        UnknownOutcomeError("lost"),
    ],
)
async def test_an_address_that_fails_keeps_nobody_else_from_being_told(
    failure: DomainError,
) -> None:
    relay = ScriptedRelay(failure)

    with pytest.raises(TemporaryError) as told:
        await tell(relay, "dead-tasks")

    assert "1 of 2 operators" in str(told.value)
    assert len(relay.arrived) == 1


async def test_a_fault_of_our_own_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await tell(ScriptedRelay(ZeroDivisionError()), "dead-tasks")


async def test_a_notice_has_a_subject_of_one_line() -> None:
    relay = ScriptedRelay()

    await tell(relay, "dead-tasks")

    assert {email.subject for email in relay.arrived} == {"Más de 100 tareas muertas (lote)"}
