"""A viewer's mailbox holds the newest position of each technician, and never more."""

import asyncio

from domain.identifiers import MemberId
from domain.tracking.mailbox import Mailbox
from tests.support.clocks import new_id
from tests.support.tracking_builders import a_position

TECHNICIAN = MemberId(new_id())


async def test_newer_positions_overtake_those_that_wait() -> None:
    mailbox = Mailbox()

    for seq in range(1, 1001):
        mailbox.put(a_position(technician_id=TECHNICIAN, seq=seq))

    assert len(mailbox) == 1
    taken = await mailbox.take(1)
    assert taken is not None
    assert taken.fix.seq == 1000


async def test_an_older_position_than_the_one_seen_is_left_out() -> None:
    mailbox = Mailbox()
    newer, older = (a_position(technician_id=TECHNICIAN, seq=seq) for seq in (2, 1))
    mailbox.put(newer)
    await mailbox.take(1)

    mailbox.put(older)
    mailbox.put(newer)

    assert mailbox.take_all() == ()


async def test_a_mailbox_for_some_technicians_takes_no_others() -> None:
    mailbox = Mailbox(frozenset({TECHNICIAN}))
    wanted = a_position(technician_id=TECHNICIAN)

    mailbox.put(a_position())
    mailbox.put(wanted)

    assert mailbox.take_all() == (wanted,)


async def test_a_full_mailbox_leaves_out_who_waits_longest() -> None:
    mailbox = Mailbox(limit=2)
    positions = [a_position() for _ in range(5)]

    for position in positions:
        mailbox.put(position)

    assert mailbox.take_all() == tuple(positions[-2:])


async def test_the_reader_is_woken_when_something_comes() -> None:
    mailbox = Mailbox()
    reader = asyncio.create_task(mailbox.take(10))
    await asyncio.sleep(0)
    position = a_position()

    mailbox.put(position)

    assert await reader == position


async def test_nothing_comes_within_the_time() -> None:
    assert await Mailbox().take(0.01) is None


async def test_each_technician_is_taken_in_turn() -> None:
    mailbox = Mailbox()
    first, second = a_position(), a_position()
    mailbox.put(first)
    mailbox.put(second)

    taken = [await mailbox.take(1), await mailbox.take(1), await mailbox.take(0)]

    assert taken == [first, second, None]
