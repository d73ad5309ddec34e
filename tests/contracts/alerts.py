"""What every book of alerts owes, and every list of their deliveries."""

import asyncio
from abc import ABC, abstractmethod
from datetime import timedelta

from domain.alerts import Alert, AlertBook, AlertDeliveries, Severity, keep_family

HOUR = timedelta(hours=1)


def an_alert(
    key: str = "queue:a", *, text: str = "Look!", severity: Severity = Severity.URGENT
) -> Alert:
    return Alert(key=key, severity=severity, text=text, once_per=HOUR)


class AlertsContract(ABC):
    book: AlertBook
    deliveries: AlertDeliveries

    @abstractmethod
    async def let_pass(self, step: timedelta) -> None:
        """Let time go by."""

    async def test_an_alert_is_told_once_however_many_raise_it(self) -> None:
        told = await asyncio.gather(*(self.book.alert(an_alert()) for _ in range(20)))

        assert sorted(told) == [False] * 19 + [True]

    async def test_it_is_told_again_when_its_time_is_over_and_it_still_goes_on(self) -> None:
        await self.book.alert(an_alert())
        await self.let_pass(HOUR - timedelta(minutes=1))
        early = await self.book.alert(an_alert())
        await self.let_pass(timedelta(minutes=2))

        late = await asyncio.gather(*(self.book.alert(an_alert()) for _ in range(5)))

        assert not early
        assert sorted(late) == [False] * 4 + [True]

    async def test_a_warning_that_becomes_urgent_is_told_at_once_and_once(self) -> None:
        await self.book.alert(an_alert(severity=Severity.WARNING))
        (warning,) = await self.deliveries.take(["webhook"], limit=10)
        await self.deliveries.delivered(warning)

        told = await asyncio.gather(*(self.book.alert(an_alert(text="Now!")) for _ in range(10)))
        (urgent,) = await self.deliveries.take(["webhook"], limit=10)

        assert sorted(told) == [False] * 9 + [True]
        assert (urgent.severity, urgent.text) == (Severity.URGENT, "Now!")
        assert urgent.id != warning.id

    async def test_what_became_urgent_is_quiet_for_its_whole_time_from_then_on(self) -> None:
        await self.book.alert(an_alert(severity=Severity.WARNING))
        await self.let_pass(timedelta(minutes=50))
        await self.book.alert(an_alert())
        await self.let_pass(timedelta(minutes=50))

        early = await self.book.alert(an_alert())
        await self.let_pass(timedelta(minutes=11))

        assert not early
        assert await self.book.alert(an_alert())

    async def test_what_was_told_as_urgent_becomes_less_and_more_again_without_a_word(self) -> None:
        await self.book.alert(an_alert())

        less = await self.book.alert(an_alert(severity=Severity.WARNING))
        more = await self.book.alert(an_alert())
        await self.book.recover(["queue:a"])
        less_anew = await self.book.alert(an_alert(severity=Severity.WARNING))
        more_anew = await self.book.alert(an_alert())

        assert not any((less, more, less_anew, more_anew))

    async def test_alerts_with_other_keys_are_told_too(self) -> None:
        await self.book.alert(an_alert("queue:a"))

        assert await self.book.alert(an_alert("queue:b"))

    async def test_the_end_of_an_alert_is_told_once(self) -> None:
        await self.book.alert(an_alert())

        first = await self.book.recover(["queue:a", "queue:unknown"])
        second = await self.book.recover(["queue:a"])

        assert (list(first), list(second)) == (["queue:a"], [])

    async def test_what_comes_back_within_its_time_goes_on_without_a_word(self) -> None:
        await self.book.alert(an_alert())
        await self.book.recover(["queue:a"])

        is_told = await self.book.alert(an_alert())

        assert not is_told
        assert await self.book.open_keys("queue") == {"queue:a"}

    async def test_a_family_is_kept_as_it_was_last_found(self) -> None:
        await self.book.alert(an_alert("queues:other"))
        await keep_family(self.book, "queue", [an_alert("queue:a"), an_alert("queue:b")])

        changes = await keep_family(self.book, "queue", [an_alert("queue:b"), an_alert("queue:c")])

        assert [alert.key for alert in changes.told] == ["queue:c"]
        assert list(changes.recovered) == ["queue:a"]
        assert await self.book.open_keys("queue") == {"queue:b", "queue:c"}
        assert await self.book.open_keys("queues") == {"queues:other"}

    async def test_what_was_told_is_delivered_once_by_each_way(self) -> None:
        await self.book.alert(an_alert(text="A text."))

        taken = await self.deliveries.take(["webhook", "email"], limit=10)
        for notice in taken:
            await self.deliveries.delivered(notice)
        await self.let_pass(timedelta(minutes=30))

        assert sorted(notice.sender for notice in taken) == ["email", "webhook"]
        assert {(notice.text, notice.severity) for notice in taken} == {
            ("A text.", Severity.URGENT)
        }
        assert not await self.deliveries.take(["webhook", "email"], limit=10)

    async def test_two_never_take_the_same_delivery(self) -> None:
        for number in range(20):
            await self.book.alert(an_alert(f"queue:{number}"))

        shares = await asyncio.gather(
            *(self.deliveries.take(["webhook"], limit=7) for _ in range(6))
        )

        taken = [notice.id for share in shares for notice in share]
        assert len(taken) == len(set(taken))
        assert len(taken) <= 20

    async def test_what_could_not_be_delivered_is_tried_again_later_and_later(self) -> None:
        await self.book.alert(an_alert())
        (first,) = await self.deliveries.take(["webhook"], limit=10)
        is_tried_again = await self.deliveries.failed(first, "No answer.")
        at_once = await self.deliveries.take(["webhook"], limit=10)
        await self.let_pass(timedelta(seconds=11))

        (second,) = await self.deliveries.take(["webhook"], limit=10)
        await self.let_pass(timedelta(seconds=11))
        too_early = await self.deliveries.take(["webhook"], limit=10)

        assert is_tried_again
        assert not at_once
        assert (second.id, second.attempt) == (first.id, 2)
        assert not too_early

    async def test_old_news_is_given_up(self) -> None:
        await self.book.alert(an_alert())
        (notice,) = await self.deliveries.take(["webhook"], limit=10)
        await self.let_pass(timedelta(days=1, minutes=1))

        is_tried_again = await self.deliveries.failed(notice, "No answer.")

        assert not is_tried_again
        assert not await self.deliveries.take(["webhook"], limit=10)

    async def test_each_telling_is_delivered(self) -> None:
        await self.book.alert(an_alert())
        (first,) = await self.deliveries.take(["webhook"], limit=10)
        await self.deliveries.delivered(first)
        await self.let_pass(HOUR)
        await self.book.alert(an_alert())

        (second,) = await self.deliveries.take(["webhook"], limit=10)

        assert second.id != first.id
