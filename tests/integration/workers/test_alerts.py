"""Operators are told once, whichever keepers run and whatever broke on the way."""

from collections.abc import Iterator

import pytest
import redis

from sandbox.settings import SandboxSettings
from tests.integration.sandbox.running import running_sandbox
from tests.support.task_platform import TaskPlatform
from tests.support.task_types import IMPATIENT
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver

DELIVERED = "SELECT count(*) FROM alert_deliveries WHERE state = 'delivered'"
PENDING = "SELECT count(*) FROM alert_deliveries WHERE state = 'pending' AND attempt > 0"


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as listening:
        yield listening


async def _a_death(platform: TaskPlatform, fingerprint: str) -> None:
    await platform.dispatch(IMPATIENT)
    platform.execute(
        "UPDATE tasks SET state = 'dead', finished_at = now(), error_fingerprint = %s,"
        " attempts = '[{\"error\": \"KeyError: Ana Pérez\"}]' WHERE state = 'ready'",
        fingerprint,
    )


async def test_keepers_and_a_wiped_broker_tell_each_thing_once(
    platform: TaskPlatform, receiver: WebhookReceiver
) -> None:
    platform.use({"CAMPOTECH_ALERTS_WEBHOOK_URL": receiver.url})
    await _a_death(platform, "00aa")
    for _ in range(2):
        platform.start_keeper()
    assert eventually(lambda: platform.execute(DELIVERED) == [(1,)], within_seconds=60)
    with redis.Redis.from_url(platform.broker_url) as broker:
        broker.flushall()
    await _a_death(platform, "00bb")

    platform.start_keeper()

    assert eventually(lambda: platform.execute(DELIVERED) == [(2,)], within_seconds=60)
    assert sorted(receiver.tries) == ["dead-cause:00aa#1", "dead-cause:00bb#1"]
    told = receiver.taken[0]
    assert told["severity"] == "warning"
    assert "KeyError, fingerprint 00aa" in told["text"]
    assert "Ana" not in told["text"]


async def test_those_on_duty_are_told_by_e_mail(platform: TaskPlatform) -> None:
    with running_sandbox(SandboxSettings()) as sandbox:
        platform.use(
            {
                "CAMPOTECH_ALERTS_EMAIL": "guardia@example.com, jefa@example.com",
                "CAMPOTECH_SMTP_URL": f"smtp://127.0.0.1:{sandbox.smtp_port}",
                "CAMPOTECH_EMAIL_FROM": "CampoTech <avisos@campotech.example>",
            }
        )
        await _a_death(platform, "00aa")

        platform.start_keeper()

        assert eventually(lambda: platform.execute(DELIVERED) == [(1,)], within_seconds=60)
        mails = sandbox.http.get("/sandbox/smtp/messages").json()["messages"]
        assert [mail["times"] for mail in mails] == [1, 1]
        assert all("dead-cause:00aa" in mail["subject"] for mail in mails)


async def test_a_webhook_that_was_broken_is_told_when_it_works_again(
    platform: TaskPlatform, receiver: WebhookReceiver
) -> None:
    platform.use({"CAMPOTECH_ALERTS_WEBHOOK_URL": receiver.url})
    receiver.status = 503
    await _a_death(platform, "00aa")
    platform.start_keeper()
    assert eventually(lambda: platform.execute(PENDING) == [(1,)], within_seconds=60)
    receiver.status = 200

    platform.execute("UPDATE alert_deliveries SET next_try_at = now()")

    assert eventually(lambda: platform.execute(DELIVERED) == [(1,)], within_seconds=60)
    assert set(receiver.tries) == {"dead-cause:00aa#1"}
    assert len(receiver.taken) == 1
