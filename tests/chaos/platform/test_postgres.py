"""Postgres goes away under load and comes back: callers are told at once, nothing acked is lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from campotech_client import CampoTech, RetryPolicy
from campotech_client.errors import CampoTechError, UnavailableError
from cli.local_platform.platform import LocalPlatform
from domain.commands import Role
from tests.support.background_load import background_load
from tests.support.bookkeeping import Bookkeeping
from tests.support.platform_access import PlatformAccess
from tests.support.platform_business import PlatformBusiness, businesses_on
from tests.support.recovery import comes_back
from tests.support.requests import creating_job
from tests.support.webhook_receiver import WebhookReceiver

HEALTH_ANSWERS = 25
HEALTH_SECONDS = 0.1
TRIES = 3
TOLD_SECONDS = 30
REFUSED_WITHIN_SECONDS = 5.0
SERVED_AGAIN_SECONDS = 15
# Longer than the pools try to connect before they give up.
LONG_OUTAGE_SECONDS = 12.0
SHORT_OUTAGE_SECONDS = 1.0
# A send that was noted in a commit which broke off is not known to have been made.
CUT_OFF_SENDS = 1
OURS = ("server", "worker-realtime", "worker-background", "worker-batch", "keeper")


@dataclass(frozen=True, slots=True)
class HealthAnswer:
    """What `/api/health` said, and how long it took to say it."""

    status: int
    body: dict[str, Any]
    seconds: float


async def health_answers(platform: LocalPlatform, count: int = 1) -> list[HealthAnswer]:
    async with httpx.AsyncClient(base_url=platform.edge_url, timeout=10) as http:
        return [await one_answer(http) for _ in range(count)]


async def one_answer(http: httpx.AsyncClient) -> HealthAnswer:
    asked_at = time.monotonic()
    answer = await http.get("/api/health")
    return HealthAnswer(answer.status_code, answer.json(), time.monotonic() - asked_at)


async def prompt_answers(platform: LocalPlatform) -> list[HealthAnswer]:
    """Return answers in a row; if a busy machine held one of them up, those of another try."""
    answers: list[HealthAnswer] = []
    for _ in range(TRIES):
        answers = await health_answers(platform, HEALTH_ANSWERS)
        if max(answer.seconds for answer in answers) < HEALTH_SECONDS:
            break
    return answers


async def is_healthy_again(platform: LocalPlatform) -> bool:
    async def is_healthy() -> bool:
        (answer,) = await health_answers(platform)
        return answer.status == httpx.codes.OK

    return await comes_back("healthy", is_healthy, within_seconds=SERVED_AGAIN_SECONDS)


def shape(value: object) -> object:
    """Return a JSON value with every leaf replaced by its type."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


async def stopped(platform: LocalPlatform) -> None:
    await platform.process("postgres").stop()


async def killed(platform: LocalPlatform) -> None:
    """Kill it and keep it down: the supervisor would bring it back in half a second."""
    platform.process("postgres").kill()
    await platform.process("postgres").stop()


def our_pids(platform: LocalPlatform) -> list[int]:
    return [
        *(platform.process(name).pid for name in OURS),
        *platform.process("server").children(),
    ]


async def refusals(business: PlatformBusiness, impatient: CampoTech) -> list[CampoTechError]:
    """Make one call of each kind, with no repeats; return what they failed with."""

    async def list_jobs() -> object:
        return await impatient.jobs.list().first()

    async def watch_jobs() -> None:
        async with impatient.jobs.watch(patience_seconds=0) as jobs:
            await jobs.begin()

    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: impatient.jobs.get(f"{business.name}/jobs/{business.id}"),
        list_jobs,
        watch_jobs,
        lambda: impatient.directory.get_customer(business.customer),
        lambda: impatient.jobs.create(creating_job(business.customer).job),
    ]
    return [await refusal_of(call) for call in calls]


async def refusal_of(call: Callable[[], Awaitable[object]]) -> CampoTechError:
    async with asyncio.timeout(REFUSED_WITHIN_SECONDS):
        with pytest.raises(CampoTechError) as caught:
            await call()
    return caught.value


async def hear(operators: WebhookReceiver, severity: str) -> bool:
    """Wait until that is what operators were told last of the database."""

    async def is_heard() -> bool:
        return told_of_it(operators)[-1:] == [severity]

    return await comes_back(severity, is_heard, within_seconds=TOLD_SECONDS)


def told_of_it(operators: WebhookReceiver) -> list[str]:
    return [each["severity"] for each in operators.taken if each["key"] == "component:database"]


async def test_operators_are_told_while_it_is_away_and_when_it_is_back(
    platform: LocalPlatform, operators: WebhookReceiver
) -> None:
    await stopped(platform)
    is_told = await hear(operators, "urgent")
    told_while_away = len(told_of_it(operators))
    await platform.process("postgres").start()

    assert is_told
    assert await hear(operators, "warning")
    assert len(told_of_it(operators)) == told_while_away + 1
    assert await is_healthy_again(platform)


@pytest.mark.parametrize("away", [stopped, killed])
async def test_health_is_told_in_its_usual_form_within_a_tenth_of_a_second(
    away: Callable[[LocalPlatform], Awaitable[None]], platform: LocalPlatform
) -> None:
    (healthy,) = await health_answers(platform)

    await away(platform)
    answers = await prompt_answers(platform)
    await platform.process("postgres").start()

    assert {answer.status for answer in answers} == {503}
    assert all(shape(answer.body) == shape(healthy.body) for answer in answers)
    assert max(answer.seconds for answer in answers) < HEALTH_SECONDS
    assert await is_healthy_again(platform)


@pytest.mark.parametrize(
    ("away", "outage_seconds"), [(stopped, LONG_OUTAGE_SECONDS), (killed, SHORT_OUTAGE_SECONDS)]
)
async def test_calls_are_refused_and_everything_goes_on_when_it_is_back(
    away: Callable[[LocalPlatform], Awaitable[None]],
    outage_seconds: float,
    platform: LocalPlatform,
    access: PlatformAccess,
    books: Bookkeeping,
    tmp_path: Path,
) -> None:
    pids = our_pids(platform)
    async with businesses_on(access) as founder, background_load(access, tmp_path) as load:
        business = await founder.open_business()
        impatient = await founder.client(
            business.id, [Role.DISPATCHER], "impatient", retries=RetryPolicy(max_attempts=1)
        )
        assert await load.jobs_get_done(3)
        assert await load.is_invoiced()

        await away(platform)
        gone_at = time.monotonic()
        errors = await refusals(business, impatient)
        await asyncio.sleep(outage_seconds - (time.monotonic() - gone_at))
        await platform.process("postgres").start()

        assert await load.goes_on("served again", within_seconds=SERVED_AGAIN_SECONDS)
        assert our_pids(platform) == pids
        await load.end()
        assert await books.discrepancies(load, cut_off_sends=CUT_OFF_SENDS) == []
    assert {type(error) for error in errors} == {UnavailableError}
    assert {error.reason for error in errors} == {"DATABASE_UNAVAILABLE"}
    assert all(error.retry_after_seconds for error in errors)
