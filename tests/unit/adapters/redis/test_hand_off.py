"""A hand-off never waits, keeps the newest of each key, and stays as small as it was told."""

import asyncio

from adapters.redis.hand_off import HandOff


async def test_the_newest_value_of_a_key_is_handed_on() -> None:
    hand_off: HandOff[str, int] = HandOff(limit=10)
    hand_off.put("a", 1)
    hand_off.put("b", 2)
    hand_off.put("a", 3)

    taken = await hand_off.take(10)

    assert taken == {"a": 3, "b": 2}
    assert len(hand_off) == 0


async def test_a_full_hand_off_leaves_out_who_waits_longest() -> None:
    hand_off: HandOff[int, int] = HandOff(limit=100)

    for number in range(20_000):
        hand_off.put(number, number)

    assert list(await hand_off.take(1_000)) == list(range(19_900, 20_000))


async def test_the_oldest_go_first_and_the_rest_waits() -> None:
    hand_off: HandOff[int, int] = HandOff(limit=10)
    for number in range(5):
        hand_off.put(number, number)

    first, second = await hand_off.take(3), await hand_off.take(3)

    assert (list(first), list(second)) == ([0, 1, 2], [3, 4])


async def test_taking_waits_until_there_is_something() -> None:
    hand_off: HandOff[str, int] = HandOff(limit=10)
    taking = asyncio.create_task(hand_off.take(10))
    await asyncio.sleep(0)
    is_waiting = not taking.done()

    hand_off.put("a", 1)

    assert await taking == {"a": 1}
    assert is_waiting


async def test_what_is_put_back_gives_way_to_newer_values_and_to_the_bound() -> None:
    hand_off: HandOff[str, int] = HandOff(limit=2)
    hand_off.put("a", 1)
    taken = await hand_off.take(10)
    hand_off.put("a", 2)

    hand_off.put_back({**taken, "b": 3, "c": 4})

    assert await hand_off.take(10) == {"a": 2, "b": 3}
