import pytest

from adapters.alerts.email import EmailAlertSender
from domain.alerts import Notice, Severity
from domain.errors import TemporaryError
from domain.notifications.ports import EmailPostponedError
from tests.support.clocks import MORNING
from tests.support.in_memory_notifications import ScriptedRelay

ON_DUTY = ("guardia@example.com", "jefa@example.com")
NOTICE = Notice(
    id="queue-critical:batch#2",
    key="queue-critical:batch",
    severity=Severity.URGENT,
    text="Workers were busy for 97 % of the last hour.",
    told_at=MORNING,
    attempt=1,
    sender="email",
)


async def test_a_notice_tells_everybody_on_duty_what_it_is_about() -> None:
    relay = ScriptedRelay()

    await EmailAlertSender(relay, ON_DUTY).send(NOTICE)

    assert sorted(email.to for email in relay.mailbox.values()) == sorted(ON_DUTY)
    (subject,) = {email.subject for email in relay.mailbox.values()}
    assert subject.startswith("[urgent] queue-critical:batch: Workers were busy")


async def test_a_relay_that_takes_nothing_is_tried_again() -> None:
    failure = EmailPostponedError("rate_limited", "too fast", retry_after_seconds=60)

    with pytest.raises(TemporaryError):
        await EmailAlertSender(ScriptedRelay(failure), ON_DUTY).send(NOTICE)


async def test_a_notice_that_is_sent_again_is_the_same_e_mail() -> None:
    relay = ScriptedRelay()
    sender = EmailAlertSender(relay, ON_DUTY)

    await sender.send(NOTICE)
    await sender.send(NOTICE)

    assert len(relay.arrived) == 4
    assert len(relay.mailbox) == 2
