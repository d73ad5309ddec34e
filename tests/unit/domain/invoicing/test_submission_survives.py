"""Never two CAEs for an invoice, never a gap: wherever it is killed, lost or overtaken."""

import asyncio
import contextlib
import itertools

import pytest

from domain.errors import TemporaryError, UnknownOutcomeError
from domain.operations.task import LeaseLostError, ParkTask
from tests.support.fake_authority import Fault
from tests.support.interruptions import Interruptions, Killed
from tests.support.submission_scene import SubmissionScene


async def points_of_a_day() -> int:
    """Return how many points two invoices pass when nothing goes wrong."""
    scene = SubmissionScene(count=2)
    await scene.settle(0)
    await scene.settle(1)
    return scene.interruptions.reached


async def test_a_kill_at_any_point_leads_to_one_cae_each() -> None:
    points = await points_of_a_day()

    for kill_at in range(1, points + 1):
        scene = SubmissionScene(count=2, interruptions=Interruptions(kill_at))
        await scene.settle(0)
        await scene.settle(1)
        scene.check_one_cae_each_and_no_gap()

    assert points > 8


async def test_an_attempt_cancelled_at_any_point_leaves_what_the_next_one_looks_up() -> None:
    points = await points_of_a_day()

    for stop_at in range(1, points + 1):
        interruptions = Interruptions(stop_at, by=asyncio.CancelledError)
        scene = SubmissionScene(count=2, interruptions=interruptions)
        for index in (0, 0, 1, 1):
            with contextlib.suppress(asyncio.CancelledError):
                await scene.settle(index)
        scene.check_one_cae_each_and_no_gap()


async def test_kills_at_any_two_points_lead_to_one_cae_each() -> None:
    points = await points_of_a_day()

    for first, second in itertools.combinations(range(1, points + 8), 2):
        scene = SubmissionScene(count=2, interruptions=Interruptions(first, second))
        await scene.settle(0)
        await scene.settle(1)
        scene.check_one_cae_each_and_no_gap()


@pytest.mark.parametrize("faults", list(itertools.product(Fault, repeat=3)))
async def test_any_three_faults_in_a_row_lead_to_one_cae_each(faults: tuple[Fault, ...]) -> None:
    scene = SubmissionScene(count=2)
    scene.authority.faults.extend(faults)

    await scene.settle(0)
    await scene.settle(1)

    scene.check_one_cae_each_and_no_gap()


@pytest.mark.parametrize("fault", Fault)
async def test_a_fault_together_with_a_kill_at_any_point_leads_to_one_cae_each(
    fault: Fault,
) -> None:
    for kill_at in range(1, await points_of_a_day() + 8):
        scene = SubmissionScene(count=2, interruptions=Interruptions(kill_at))
        scene.authority.faults.append(fault)
        await scene.settle(0)
        await scene.settle(1)
        scene.check_one_cae_each_and_no_gap()


@pytest.mark.parametrize("seed", range(40))
async def test_invoices_of_a_series_submitted_at_once_get_a_number_each(seed: int) -> None:
    kills = (seed + 2, 2 * seed + 3)
    scene = SubmissionScene(count=4, interruptions=Interruptions(*kills, shuffle_seed=seed))
    scene.authority.faults.extend([Fault.NONE, Fault.ANSWER_LOST, Fault.REQUEST_LOST])

    await asyncio.gather(*(persist(scene, index) for index in range(4)))

    scene.check_one_cae_each_and_no_gap()


@pytest.mark.parametrize("seed", range(40))
async def test_workers_that_take_a_task_from_each_other_do_no_harm(seed: int) -> None:
    scene = SubmissionScene(count=2, interruptions=Interruptions(shuffle_seed=seed))

    await asyncio.gather(*(try_once(scene, index) for index in (0, 1, 0, 1, 0)))
    await scene.settle(0)
    await scene.settle(1)

    scene.check_one_cae_each_and_no_gap()


@pytest.mark.parametrize("seed", range(40))
async def test_workers_that_do_not_notice_each_other_at_all_do_no_harm(seed: int) -> None:
    scene = SubmissionScene(count=2, interruptions=Interruptions(shuffle_seed=seed))
    tokens = [scene.claim(invoice_id) for invoice_id in scene.ids]

    await asyncio.gather(*(try_once(scene, index, tokens[index]) for index in (0, 1, 0, 1, 0)))
    await scene.settle(0)
    await scene.settle(1)

    scene.check_one_cae_each_and_no_gap()


async def try_once(scene: SubmissionScene, index: int, fencing_token: int | None = None) -> None:
    """Be one of several workers, most of which fail."""
    with contextlib.suppress(ParkTask, LeaseLostError, TemporaryError, UnknownOutcomeError):
        await scene.attempt(index, fencing_token=fencing_token)


async def persist(scene: SubmissionScene, index: int) -> None:
    """Be the one worker of an invoice, started again until it is settled."""
    while not scene.invoice(index).is_settled:
        try:
            await scene.attempt(index)
        except (Killed, ParkTask, LeaseLostError, TemporaryError, UnknownOutcomeError):
            await asyncio.sleep(0)
