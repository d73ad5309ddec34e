"""`campotech tasks` as operators use it, on a running server."""

import pytest

from campotech.jobs.v1.job_pb2 import Job
from campotech.operations.v1 import queues_pb2
from campotech.operations.v1.task_pb2 import Task
from domain.commands import Role
from tests.integration.rpc.tasks_command import campotech_tasks, run
from tests.support.businesses import Business, id_in
from tests.support.clocks import new_id
from tests.support.dead_work import a_dead_task

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def state_of(business: Business, task: Task) -> Task.State.ValueType:
    request = queues_pb2.GetTaskRequest(name=task.name)
    return (await business.owner.app.queues.GetTask(request)).task.state


async def test_tasks_are_listed_by_state_and_type(business: Business) -> None:
    dead = await a_dead_task(business, "The agency said no to 7.")
    await business.job_in(Job.STATE_COMPLETED)

    everything = await campotech_tasks(business, "list")
    the_dead = await campotech_tasks(
        business, "list", "--state", "dead", "--type", "invoice:generate"
    )
    one = await campotech_tasks(business, "list", "--limit", "1")

    assert everything.exit_code == 0
    assert len(everything.stdout.splitlines()) == 3
    heading, line = the_dead.stdout.splitlines()
    assert heading.split()[:3] == ["TASK", "TYPE", "STATE"]
    assert line.split()[:4] == [str(id_in(dead.name)), "invoice:generate", "dead", "1/10"]
    assert line.endswith("PRECONDITION_FAILED: The agency said no to 7.")
    assert len(one.stdout.splitlines()) == 2


async def test_a_task_is_shown_with_its_whole_story(business: Business) -> None:
    task = await a_dead_task(business, "The agency said no to 7.")

    shown = await campotech_tasks(business, "show", str(id_in(task.name)))

    assert shown.exit_code == 0
    assert task.name in shown.stdout
    assert task.error_fingerprint in shown.stdout
    assert "job_id" in shown.stdout
    assert "attempt 1 after a wait of" in shown.stdout
    assert "failed for the last time" in shown.stdout
    assert "PRECONDITION_FAILED: The agency said no to 7." in shown.stdout


async def test_deaths_of_one_cause_are_one_line(business: Business) -> None:
    for number in (1, 2):
        newest = await a_dead_task(business, f"The agency said no to {number}.")

    counted = await campotech_tasks(business, "dead")

    lines = counted.stdout.splitlines()
    assert lines[1].split()[:3] == [newest.error_fingerprint, "invoice:generate", "2"]
    assert lines[-1] == "2 dead in 1 groups."


async def test_nothing_dead_is_said_so(business: Business) -> None:
    counted = await campotech_tasks(business, "dead")

    assert (counted.exit_code, counted.stdout) == (0, "No task is dead.\n")


async def test_one_task_is_retried_by_its_id_without_a_question(business: Business) -> None:
    task = await a_dead_task(business)

    retried = await campotech_tasks(business, "retry", str(id_in(task.name)))

    assert retried.exit_code == 0
    assert retried.stdout.startswith("1 dead tasks are ready again")
    assert await state_of(business, task) == Task.STATE_READY


@pytest.mark.parametrize(
    ("answer", "exit_code", "state"),
    [("y\n", 0, Task.STATE_READY), ("n\n", 1, Task.STATE_DEAD), ("", 1, Task.STATE_DEAD)],
)
async def test_many_tasks_are_decided_on_only_after_a_question(
    business: Business, answer: str, exit_code: int, state: Task.State.ValueType
) -> None:
    tasks = [await a_dead_task(business) for _ in range(2)]

    retried = await campotech_tasks(
        business, "retry", "--error", tasks[0].error_fingerprint, answer=answer
    )

    assert retried.exit_code == exit_code
    assert "Retry 2 of 2 dead tasks?" in retried.stdout
    assert [await state_of(business, task) for task in tasks] == [state] * 2


async def test_a_filter_with_a_limit_takes_the_oldest(business: Business) -> None:
    older, newer = [await a_dead_task(business) for _ in range(2)]

    retried = await campotech_tasks(
        business, "retry", "--type", "invoice:generate", "--limit", "1", "--yes"
    )

    assert retried.exit_code == 0
    assert await state_of(business, older) == Task.STATE_READY
    assert await state_of(business, newer) == Task.STATE_DEAD


async def test_a_canary_goes_alone_and_its_fate_is_the_commands(business: Business) -> None:
    older, newer = [await a_dead_task(business) for _ in range(2)]

    sent_ahead = await campotech_tasks(business, "retry", "--canary", "--wait", "1")

    assert sent_ahead.exit_code == 1
    assert f"{id_in(newer.name)} (invoice:generate) was sent ahead." in sent_ahead.stdout
    assert "come to no end in 1 s and is ready" in sent_ahead.stderr
    assert await state_of(business, older) == Task.STATE_DEAD
    assert await state_of(business, newer) == Task.STATE_READY


async def test_tasks_are_given_up_for_a_reason_that_must_be_named(business: Business) -> None:
    task = await a_dead_task(business)

    unreasoned = await campotech_tasks(business, "discard", str(id_in(task.name)))
    discarded = await campotech_tasks(
        business, "discard", str(id_in(task.name)), "--reason", "The customer left."
    )

    assert unreasoned.exit_code == 2
    assert (discarded.exit_code, discarded.stdout) == (0, "1 dead tasks are given up.\n")
    assert await state_of(business, task) == Task.STATE_DISCARDED


async def test_a_task_that_has_not_begun_is_called_off(business: Business) -> None:
    await business.job_in(Job.STATE_COMPLETED)
    listed = await business.owner.app.queues.ListTasks(queues_pb2.ListTasksRequest())
    (task,) = listed.tasks

    cancelled = await campotech_tasks(business, "cancel", task.name)

    assert cancelled.exit_code == 0
    assert await state_of(business, task) == Task.STATE_CANCELLED


async def test_the_board_counts_what_is_where(business: Business) -> None:
    await a_dead_task(business)
    await business.job_in(Job.STATE_COMPLETED)

    watched = await campotech_tasks(business, "watch", "--looks", "1")

    assert watched.exit_code == 0
    (line,) = (line for line in watched.stdout.splitlines() if "invoice:generate" in line)
    assert line.split()[:7] == ["batch", "invoice:generate", "1", "·", "·", "·", "1"]
    assert "2 open" in watched.stdout


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["show", str(new_id())], 1, "TASK_NOT_FOUND"),
        (["show", "7"], 1, "neither a task's id nor its name"),
        (["list", "--state", "sleeping"], 2, "sleeping is none of"),
        (["retry", str(new_id()), "--canary"], 2, "A canary is taken from a filter"),
        (["dead", "--error", "everything"], 1, "filter.error_fingerprint"),
    ],
)
async def test_what_cannot_be_done_is_said_with_its_exit_code(
    business: Business, words: list[str], exit_code: int, said: str
) -> None:
    refused = await campotech_tasks(business, *words)

    assert refused.exit_code == exit_code
    assert said in refused.words
    assert "Traceback" not in refused.words


async def test_an_owner_may_look_and_not_decide(business: Business) -> None:
    task = await a_dead_task(business)

    looked = await campotech_tasks(business, "dead", role=Role.OWNER)
    decided = await campotech_tasks(business, "retry", task.name, role=Role.OWNER)

    assert looked.exit_code == 0
    assert decided.exit_code == 1
    assert "PERMISSION_DENIED" in decided.stderr


async def test_a_platform_that_does_not_answer_is_an_error_in_a_sentence() -> None:
    result = await run(["--edge", "127.0.0.1:1", "--token", "x", "list"])

    assert result.exit_code == 1
    assert result.stderr.startswith("That cannot be done: UNAVAILABLE")


async def test_no_token_is_made_in_production() -> None:
    result = await run(["list"], CAMPOTECH_ENVIRONMENT="production")

    assert result.exit_code == 2
    assert "production" in result.words
