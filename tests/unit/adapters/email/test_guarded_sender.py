"""What counts against the relay, and what an e-mail has to answer for itself."""

import pytest

from adapters.email.guarded_sender import GuardedEmailSender
from adapters.email.replies import error_of
from adapters.guarded_calls.breaker import BreakerRule
from adapters.guarded_calls.ports import CallOutcome
from domain.errors import DomainError, HeldBackError, UnknownOutcomeError
from domain.notifications.email import Email
from domain.notifications.ports import EmailPostponedError
from tests.support.clocks import MORNING
from tests.support.guarded import FewTokens, NotedCosts, a_breaker, guarded_calls

EMAIL = Email(
    key="019b796d-d600-7000-8000-000000000001",
    to="ana@example.com",
    subject="Turno de mañana",
    text="Pasamos a las 9.\n",
    written_at=MORNING,
)


class FailingRelay:
    """An EmailSender that ends as it is told to."""

    def __init__(self, error: DomainError | None = None) -> None:
        self.error = error
        self.tries = 0

    async def send(self, email: Email) -> None:
        self.tries += 1
        if self.error is not None:
            raise self.error


def postponed(cause: str) -> EmailPostponedError:
    return EmailPostponedError(cause, "not now", retry_after_seconds=60)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (postponed("relay_unreachable"), CallOutcome.FAILED),
        (postponed("relay_login_refused"), CallOutcome.FAILED),
        (postponed("relay_refuses_us"), CallOutcome.FAILED),
        (UnknownOutcomeError("The answer was lost."), CallOutcome.FAILED),
        (error_of(421, "4.7.0 Too many connections"), CallOutcome.REFUSED),
        (error_of(451, "4.7.1 Greylisted"), CallOutcome.REFUSED),
        (error_of(452, "4.2.2 Mailbox full"), CallOutcome.REFUSED),
        (error_of(550, "5.1.1 No such user"), CallOutcome.REFUSED),
    ],
)
async def test_only_an_outage_counts_against_the_relay(
    error: DomainError, outcome: CallOutcome
) -> None:
    costs = NotedCosts()
    breaker = a_breaker(rule=BreakerRule(minimum_calls=1))
    sender = GuardedEmailSender(FailingRelay(error), guarded_calls(breaker=breaker, costs=costs))

    with pytest.raises(type(error)) as raised:
        await sender.send(EMAIL)

    assert raised.value is error
    assert costs.outcomes == [("send", outcome)]


async def test_an_e_mail_whose_outcome_is_unknown_is_not_repeated_here() -> None:
    relay = FailingRelay(UnknownOutcomeError("The answer was lost."))

    with pytest.raises(UnknownOutcomeError):
        await GuardedEmailSender(relay, guarded_calls(tries=3)).send(EMAIL)

    assert relay.tries == 1


async def test_beyond_the_limit_the_relay_is_not_asked() -> None:
    relay = FailingRelay()
    sender = GuardedEmailSender(relay, guarded_calls(limiter=FewTokens(1)))
    await sender.send(EMAIL)

    with pytest.raises(HeldBackError) as held_back:
        await sender.send(EMAIL)

    assert held_back.value.cause == "rate_limited"
    assert relay.tries == 1
