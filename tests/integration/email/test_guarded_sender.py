"""The e-mails of tasks at a relay that is down, slow, and back again."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from adapters.email.opening import open_email_sender, open_operators_email_sender
from adapters.guarded_calls.breaker import BreakerRule
from adapters.guarded_calls.breaker_news import BreakerNews
from adapters.guarded_calls.calls import CallTimedOutError
from adapters.guarded_calls.ports import CallOutcome
from domain.errors import HeldBackError, TemporaryError
from domain.health.status import Status
from domain.notifications.ports import EmailPostponedError
from tests.integration.email.test_smtp_sender import EMAIL, MESSAGE_ID, taken
from tests.integration.sandbox.running import RunningSandbox
from tests.support.clocks import StoppedClock
from tests.support.guarded import NotedCosts, NotedReports, a_breaker, guarded_calls

FEATURE = "notifications.email"
FROM = "CampoTech <avisos@campotech.example>"
RULE = BreakerRule(minimum_calls=2, retry_seconds=60, park_seconds=300)


class Guarded:
    """What tasks send with and what alerts go out with, to the same relay."""

    def __init__(self, sandbox: RunningSandbox, *, deadline_seconds: float = 5.0) -> None:
        self.clock = StoppedClock()
        self.costs = NotedCosts()
        self.reports = NotedReports()
        news = BreakerNews(
            "smtp", self.reports, feature_id=FEATURE, status_when_open=Status.DEGRADED
        )
        calls = guarded_calls(
            deadline_seconds=deadline_seconds,
            breaker=a_breaker(rule=RULE, clock=self.clock, news=news),
            costs=self.costs,
        )
        url = SecretStr(f"smtp://127.0.0.1:{sandbox.smtp_port}")
        of_tasks = open_email_sender(url, FROM, lambda: calls)
        of_alerts = open_operators_email_sender(url, FROM)
        assert of_tasks is not None
        assert of_alerts is not None
        self.of_tasks, self.of_alerts = of_tasks, of_alerts

    async def fail(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(EmailPostponedError):
                await self.of_tasks.send(EMAIL)


async def test_a_relay_that_is_down_is_left_alone_until_one_e_mail_finds_it_back(
    sandbox: RunningSandbox,
) -> None:
    guarded = Guarded(sandbox)
    sandbox.put_fault("smtp", "down")
    await guarded.fail(RULE.minimum_calls)
    with pytest.raises(HeldBackError) as held_back:
        await guarded.of_tasks.send(EMAIL)
    asked = len(sandbox.received(service="smtp"))

    sandbox.http.delete("/sandbox/faults")
    guarded.clock.advance(timedelta(seconds=RULE.retry_seconds))
    await guarded.of_tasks.send(EMAIL)

    assert (held_back.value.cause, held_back.value.wait_seconds) == ("breaker_open", 300)
    assert asked == RULE.minimum_calls
    assert taken(sandbox) == [(MESSAGE_ID, 1)]
    assert guarded.reports.reported == [(FEATURE, Status.DEGRADED), (FEATURE, Status.HEALTHY)]


async def test_an_e_mail_that_takes_too_long_is_stopped_and_its_outcome_unknown(
    sandbox: RunningSandbox,
) -> None:
    guarded = Guarded(sandbox, deadline_seconds=0.6)
    sandbox.put_fault("smtp.DATA", "slow", seconds=60)

    with pytest.raises(CallTimedOutError):
        await guarded.of_tasks.send(EMAIL)

    assert guarded.costs.outcomes == [("send", CallOutcome.TIMED_OUT)]
    assert taken(sandbox) == []


async def test_a_relay_that_is_slow_to_agree_has_not_got_the_e_mail(
    sandbox: RunningSandbox,
) -> None:
    guarded = Guarded(sandbox, deadline_seconds=0.6)
    sandbox.put_fault("smtp.MAIL", "slow", seconds=60)

    with pytest.raises(EmailPostponedError) as postponed:
        await guarded.of_tasks.send(EMAIL)

    assert postponed.value.cause == "relay_unreachable"


async def test_alerts_go_out_while_the_e_mails_of_tasks_are_suspended(
    sandbox: RunningSandbox,
) -> None:
    guarded = Guarded(sandbox)
    sandbox.put_fault("smtp", "down")
    await guarded.fail(RULE.minimum_calls)
    sandbox.http.delete("/sandbox/faults")

    await guarded.of_alerts.send(EMAIL)

    with pytest.raises(TemporaryError):
        await guarded.of_tasks.send(EMAIL)
    assert taken(sandbox) == [(MESSAGE_ID, 1)]
