"""WhatsApp is too busy or away: what two real workers do with what they have to say."""

from collections.abc import Sequence

import pytest

from adapters.postgres.message_outbox import MessageOutboxTransaction
from domain.identifiers import CustomerId
from domain.messaging.message import OutboundMessage
from domain.messaging.templates import JOB_COMPLETED_INVOICE
from domain.operations.task_type import Tier
from tests.integration.sandbox.running import RunningSandbox
from tests.support.builders import PARAMETERS, a_context
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.task_platform import TaskPlatform
from tests.support.waiting import eventually

SENDER = "106540352242922"
TRANSIENT = 131000
KEY = "feature:messaging.whatsapp"
ALERTS = "SELECT told_count, closed_at IS NULL FROM alerts WHERE key = %s"


class Outbox:
    """One business, its customers, and two workers that write to them."""

    def __init__(self, platform: TaskPlatform, sandbox: RunningSandbox) -> None:
        self.platform = platform
        self.sandbox = sandbox
        platform.use(
            {
                "CAMPOTECH_WHATSAPP_URL": f"{sandbox.http.base_url}/v26.0",
                "CAMPOTECH_WHATSAPP_TOKEN": "sandbox",
                "CAMPOTECH_BREAKER_MINIMUM_CALLS": "4",
                "CAMPOTECH_BREAKER_RETRY_SECONDS": "1",
                "CAMPOTECH_BREAKER_PARK_SECONDS": "0.5",
            }
        )

    def start(self, **settings: str) -> None:
        self.platform.use(settings)
        self.platform.start_keeper()
        for _ in range(2):
            self.platform.start_worker_as_deployed(Tier.BACKGROUND)

    async def write(self, phone_numbers: Sequence[str]) -> None:
        async with open_transactions(self.platform.database) as opener:
            tenants = Tenants(opener)
            organization = await tenants.organization(whatsapp_phone_number_id=SENDER)
            customer = await tenants.customer(organization.id)
            context = a_context(organization.id)
            async with opener.open(context, MessageOutboxTransaction) as transaction:
                for number in phone_numbers:
                    transaction.queue_message(_notice(customer.id, number))

    def parked(self, reason: str) -> int:
        ((count,),) = self.platform.execute(
            "SELECT count(*) FROM tasks WHERE state = 'parked' AND parked_reason = %s", reason
        )
        return int(count)

    def attempts(self) -> list[int]:
        """Return how many attempts each message has taken that has been sent."""
        rows = self.platform.execute(
            "SELECT attempt FROM tasks WHERE state = 'done'"
            " UNION ALL SELECT attempt FROM task_history WHERE state = 'done'"
        )
        return [int(attempt) for (attempt,) in rows]

    def taken(self) -> list[str]:
        """Return our id of every message that WhatsApp took."""
        answer = self.sandbox.http.get("/sandbox/whatsapp/messages", params={"limit": "5000"})
        return [message["callback_data"] for message in answer.json()["messages"]]

    def has_told(self, *alerts: tuple[int, bool]) -> bool:
        """Return whether operators hear, or have heard and no more, of it in a while."""
        return eventually(
            lambda: self.platform.execute(ALERTS, KEY) == list(alerts), within_seconds=30
        )

    def make_due(self) -> None:
        """Let what waits because WhatsApp took nothing go on at once."""
        self.platform.execute(
            "UPDATE tasks SET run_at = now() WHERE parked_reason = 'whatsapp_unreachable'"
        )

    def all_go_out(self, count: int) -> bool:
        # Again and again: a call that was under way may have been refused after the end.
        self.make_due()
        return len(self.attempts()) == count

    def are_taken_once(self, count: int) -> bool:
        is_complete = eventually(lambda: self.all_go_out(count), within_seconds=60)
        return is_complete and len(self.taken()) == len(set(self.taken())) == count


@pytest.fixture
def outbox(platform: TaskPlatform, module_sandbox: RunningSandbox) -> Outbox:
    module_sandbox.reset()
    return Outbox(platform, module_sandbox)


async def test_what_one_customer_would_hear_too_soon_waits_and_holds_up_nobody_else(
    outbox: Outbox,
) -> None:
    await outbox.write(["+5491155550123"] * 3 + ["+5491155550124"])

    outbox.start(CAMPOTECH_WHATSAPP_PAIR_SECONDS="600")

    assert outbox.are_taken_once(2)
    assert eventually(lambda: outbox.parked("rate_limited") == 2, within_seconds=60)


async def test_messages_to_one_customer_all_arrive_one_after_the_other(outbox: Outbox) -> None:
    await outbox.write(["+5491155550123"] * 4)

    outbox.start(CAMPOTECH_WHATSAPP_PAIR_SECONDS="1")

    assert outbox.are_taken_once(4)
    assert outbox.attempts() == [1] * 4


async def test_an_outage_parks_messages_and_each_arrives_once_when_it_is_over(
    outbox: Outbox,
) -> None:
    count = 32
    outbox.sandbox.put_fault("whatsapp", "error", code=TRANSIENT)
    await outbox.write([f"+54911555501{number:02}" for number in range(count)])

    outbox.start()
    assert eventually(lambda: outbox.parked("breaker_open") >= count // 2, within_seconds=60)
    assert outbox.has_told((1, True))
    before = len(outbox.taken())
    outbox.sandbox.http.delete("/sandbox/faults")

    assert before == 0
    assert outbox.are_taken_once(count)
    assert outbox.has_told((1, False))


async def test_in_a_quiet_hour_one_message_waits_for_whatsapp_at_no_attempts_cost(
    outbox: Outbox,
) -> None:
    outbox.sandbox.put_fault("whatsapp", "error", code=TRANSIENT)
    await outbox.write(["+5491155550123"])

    outbox.start()
    assert eventually(lambda: outbox.parked("whatsapp_unreachable") == 1, within_seconds=60)
    outbox.sandbox.http.delete("/sandbox/faults")

    assert outbox.are_taken_once(1)
    assert outbox.attempts() == [1]


def _notice(customer_id: CustomerId, phone_number: str) -> OutboundMessage:
    return OutboundMessage(
        customer_id=customer_id,
        phone_number=phone_number,
        template_name=JOB_COMPLETED_INVOICE.name,
        language=JOB_COMPLETED_INVOICE.language,
        parameters=PARAMETERS,
    )
