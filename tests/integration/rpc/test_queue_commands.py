"""`campotech tasks` on whole queues, as operators use it, on a running server."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from campotech.operations.v1.queues_pb2 import GetQueuePausesRequest, ResumeQueueRequest
from domain.commands import Role
from tests.integration.rpc.tasks_command import campotech_tasks
from tests.support.businesses import Business

pytestmark = pytest.mark.asyncio(loop_scope="package")

TYPE = "report:generate"


@pytest_asyncio.fixture(loop_scope="package")
async def unpaused(business: Business) -> AsyncIterator[Business]:
    """Yield a business on a platform where no queue stays paused."""
    yield business
    admin = business.api.admin()
    for pause in (await admin.queues.GetQueuePauses(GetQueuePausesRequest())).pauses:
        await admin.queues.ResumeQueue(ResumeQueueRequest(queue=pause.queue, reason="Test."))


async def test_a_queue_is_paused_shown_and_resumed(unpaused: Business) -> None:
    paused = await campotech_tasks(unpaused, "pause", TYPE, "--reason", "A printer burns.")
    shown = await campotech_tasks(unpaused, "pauses")
    resumed = await campotech_tasks(unpaused, "resume", TYPE, "--reason", "It is out.")
    nothing = await campotech_tasks(unpaused, "pauses")

    assert [each.exit_code for each in (paused, shown, resumed, nothing)] == [0, 0, 0, 0]
    assert paused.stdout.startswith(f"{TYPE} is paused.")
    heading, line = shown.stdout.splitlines()
    assert heading.split() == ["PAUSED", "SINCE", "BY", "WHY"]
    assert line.startswith(TYPE)
    assert line.endswith("A printer burns.")
    assert resumed.stdout == f"{TYPE} goes on.\nNothing is paused.\n"
    assert nothing.stdout == "Nothing is paused.\n"


async def test_a_pause_that_is_there_already_keeps_its_reason(unpaused: Business) -> None:
    await campotech_tasks(unpaused, "pause", "batch", "--reason", "The first.")

    again = await campotech_tasks(unpaused, "pause", "batch", "--reason", "The second.")

    assert again.exit_code == 0
    assert again.stdout.startswith("batch was paused already")
    assert "The first." in again.stdout
    assert "The second." not in again.stdout


async def test_resuming_says_what_was_not_paused_and_what_still_is(unpaused: Business) -> None:
    await campotech_tasks(unpaused, "pause", "batch", "--reason", "ARCA is down.")

    resumed = await campotech_tasks(unpaused, "resume", TYPE, "--reason", "Test.")

    assert resumed.exit_code == 0
    assert resumed.stdout.startswith(f"{TYPE} was not paused.\n")
    assert "ARCA is down." in resumed.stdout


async def test_the_board_shows_pauses_to_admins_and_none_to_owners(unpaused: Business) -> None:
    await campotech_tasks(unpaused, "pause", TYPE, "--reason", "A printer burns.")

    admins = await campotech_tasks(unpaused, "watch", "--looks", "1")
    owners = await campotech_tasks(unpaused, "watch", "--looks", "1", role=Role.OWNER)

    assert (admins.exit_code, owners.exit_code) == (0, 0)
    assert "A printer burns." in admins.stdout
    assert "A printer burns." not in owners.stdout
    assert "0 open" in owners.stdout


async def test_metrics_have_a_line_for_each_tier_and_each_type(business: Business) -> None:
    shown = await campotech_tasks(business, "metrics", "--all", "--window", "2h")

    assert shown.exit_code == 0
    first_words = [line.split()[0] for line in shown.stdout.splitlines() if line.strip()]
    tiers = [word for word in first_words if word in {"realtime", "background", "batch"}]
    assert tiers == ["realtime", "background", "batch"] * 2
    batch = first_words.index("batch")
    assert TYPE in first_words[batch:]
    assert "whatsapp:respond" in first_words[:batch]
    assert "Window: " in shown.stdout


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["pause", "batch"], 2, "--reason"),
        (["resume", "batch"], 2, "--reason"),
        (["pause", "report:forget", "--reason", "Test."], 1, "UNKNOWN_QUEUE"),
        (["pause", "Not a queue", "--reason", "Test."], 1, "INVALID_ARGUMENT"),
        (["resume", "slow", "--reason", "Test."], 1, "UNKNOWN_QUEUE"),
        (["metrics", "--window", "soon"], 2, "soon is no span of time"),
        (["metrics", "--window", "1h", "--since", "2026-03-01"], 2, "Give either --window"),
        (["metrics", "--window", "32d"], 1, "WINDOW_REFUSED"),
        (["metrics", "--until", "2026-02-30"], 1, "TIME_MALFORMED"),
    ],
)
async def test_what_cannot_be_done_is_said_with_its_exit_code(
    business: Business, words: list[str], exit_code: int, said: str
) -> None:
    refused = await campotech_tasks(business, *words)

    assert refused.exit_code == exit_code
    assert said in refused.words
    assert "Traceback" not in refused.words


@pytest.mark.parametrize(
    "words",
    [["pauses"], ["metrics"], ["pause", "batch", "--reason", "x"]],
)
async def test_whole_queues_are_for_admins(business: Business, words: list[str]) -> None:
    refused = await campotech_tasks(business, *words, role=Role.OWNER)

    assert refused.exit_code == 1
    assert "PERMISSION_DENIED" in refused.stderr
