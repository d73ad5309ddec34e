"""The relay goes away and comes back: e-mails wait, operators are told, and each arrives once."""

import pytest

from tests.integration.sandbox.running import RunningSandbox
from tests.integration.workers.emailing import Emailing, relay_of
from tests.support.task_platform import TaskPlatform
from tests.support.waiting import eventually

KEY = "feature:notifications.email"
OPERATOR = "guardia@example.com"
PARKED = "SELECT count(*) FROM tasks WHERE state = 'parked' AND parked_reason = 'breaker_open'"
ALERTS = "SELECT told_count, closed_at IS NULL FROM alerts WHERE key = %s"
EMAILS = 16
SOON_TRIED_AGAIN = {
    "CAMPOTECH_BREAKER_MINIMUM_CALLS": "4",
    "CAMPOTECH_BREAKER_RETRY_SECONDS": "1",
    "CAMPOTECH_BREAKER_PARK_SECONDS": "0.5",
}
SUSPENDED_FOR_LONG = {
    "CAMPOTECH_BREAKER_MINIMUM_CALLS": "4",
    "CAMPOTECH_BREAKER_RETRY_SECONDS": "3600",
    "CAMPOTECH_BREAKER_PARK_SECONDS": "3600",
}


@pytest.fixture
def sandbox(module_sandbox: RunningSandbox) -> RunningSandbox:
    module_sandbox.reset()
    return module_sandbox


def emailing_with(
    platform: TaskPlatform, sandbox: RunningSandbox, settings: dict[str, str]
) -> Emailing:
    platform.use({**relay_of(sandbox), "CAMPOTECH_ALERTS_EMAIL": OPERATOR, **settings})
    emailing = Emailing(platform, sandbox)
    for _ in range(2):
        emailing.start_worker()
    return emailing


def alerts_in_the_mailbox(sandbox: RunningSandbox) -> list[str]:
    listed = sandbox.http.get("/sandbox/smtp/messages", params={"to": OPERATOR}).json()
    return [email["subject"] for email in listed["messages"]]


async def test_an_outage_parks_e_mails_and_each_arrives_once_when_it_is_over(
    platform: TaskPlatform, sandbox: RunningSandbox
) -> None:
    sandbox.put_fault("smtp.RCPT", "down")
    emailing = emailing_with(platform, sandbox, SOON_TRIED_AGAIN)
    tasks = await emailing.dispatch(EMAILS)
    assert eventually(lambda: platform.execute(PARKED)[0][0] >= 4, within_seconds=30)
    assert eventually(lambda: platform.execute(ALERTS, KEY) == [(1, True)], within_seconds=30)

    sandbox.http.delete("/sandbox/faults")
    platform.execute("UPDATE tasks SET run_at = now() WHERE parked_reason = 'relay_unreachable'")

    assert emailing.are_done(tasks)
    sent = {str(task.task_id) for task in tasks}
    assert {key: times for key, times in emailing.taken().items() if key in sent} == dict.fromkeys(
        sent, 1
    )
    assert eventually(lambda: platform.execute(ALERTS, KEY) == [(1, False)], within_seconds=30)


async def test_the_alert_about_e_mail_goes_out_by_e_mail_while_tasks_are_still_suspended(
    platform: TaskPlatform, sandbox: RunningSandbox
) -> None:
    sandbox.put_fault("smtp.RCPT", "down")
    emailing = emailing_with(platform, sandbox, SUSPENDED_FOR_LONG)
    await emailing.dispatch(EMAILS)
    assert eventually(lambda: platform.execute(PARKED)[0][0] > 0, within_seconds=30)

    sandbox.http.delete("/sandbox/faults")

    assert eventually(
        lambda: any(KEY in subject for subject in alerts_in_the_mailbox(sandbox)),
        within_seconds=60,
    )
    assert platform.execute(PARKED)[0][0] > 0
    assert platform.execute(ALERTS, KEY) == [(1, True)]
