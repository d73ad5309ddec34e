from domain.notifications.operator_email import email_operators
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


async def test_a_notice_has_a_subject_of_one_line() -> None:
    relay = ScriptedRelay()

    await tell(relay, "dead-tasks")

    assert {email.subject for email in relay.arrived} == {"Más de 100 tareas muertas (lote)"}
