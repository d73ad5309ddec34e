"""What every shared state of breakers owes those who call."""

import asyncio
from collections import Counter

from adapters.guarded_calls.outcomes import OutcomeWindow
from adapters.guarded_calls.ports import BreakerStates, ProbeRule, Verdict

RULE = ProbeRule(retry_seconds=60, lease_seconds=30)
WINDOW = OutcomeWindow(seconds=60)
NOW = 1_795_000_000.0
DUE = NOW + RULE.retry_seconds


class BreakerStatesContract:
    """Subclasses give two processes' ways to one shared state."""

    states: BreakerStates
    others: BreakerStates

    async def counted(
        self, *, failures: int = 0, successes: int = 0, now: float = NOW, seconds: float = 0.25
    ) -> OutcomeWindow | None:
        """Count outcomes, by one process and the other in turn; return the last view."""
        seen = None
        for index in range(failures + successes):
            states = (self.states, self.others)[index % 2]
            seen = await states.count(
                "arca", WINDOW, now=now, is_failure=index < failures, seconds=seconds
            )
        return seen

    async def verdict(self, probe: str = "mine", *, now: float = NOW) -> Verdict:
        return (await self.others.admit("arca", RULE, now=now, probe=probe)).verdict

    async def test_a_breaker_that_nobody_opened_lets_everybody_through(self) -> None:
        assert await self.verdict() is Verdict.CLOSED

    async def test_outcomes_of_all_processes_are_counted_together(self) -> None:
        seen = await self.counted(failures=3, successes=1)

        assert seen is not None
        assert seen.failure_percent(4) == 75

    async def test_the_time_that_failed_calls_took_is_counted_together(self) -> None:
        await self.counted(successes=1, seconds=50)

        too_short = await self.counted(failures=1, seconds=29.5)
        enough = await self.counted(failures=1, seconds=30.5)

        assert too_short is not None
        assert enough is not None
        assert (too_short.failure_percent(10), enough.failure_percent(10)) == (0, 66)

    async def test_outcomes_that_are_too_old_do_not_count(self) -> None:
        await self.counted(failures=3)

        seen = await self.counted(successes=1, now=NOW + WINDOW.seconds + 1)

        assert seen is not None
        assert seen.failure_percent(1) == 0

    async def test_breakers_know_nothing_of_one_another(self) -> None:
        await self.states.open("whatsapp", now=NOW)

        assert await self.verdict() is Verdict.CLOSED

    async def test_an_open_one_says_how_soon_somebody_may_try(self) -> None:
        await self.states.open("arca", now=NOW)

        admission = await self.others.admit("arca", RULE, now=NOW + 20, probe="mine")

        assert (admission.verdict, admission.wait_seconds) == (Verdict.OPEN, 40)
        assert not admission.is_probing

    async def test_opening_it_again_does_not_begin_anew(self) -> None:
        await self.states.open("arca", now=NOW)

        await self.others.open("arca", now=NOW + 30)

        assert await self.verdict(now=DUE) is Verdict.PROBE

    async def test_what_ends_while_it_is_open_is_not_counted(self) -> None:
        await self.states.open("arca", now=NOW)

        assert await self.counted(failures=1) is None

    async def test_of_many_that_ask_one_gets_the_probe(self) -> None:
        await self.states.open("arca", now=NOW)

        verdicts = await asyncio.gather(
            *(self.verdict(f"token {number}", now=DUE) for number in range(40))
        )

        assert Counter(verdicts) == {Verdict.PROBE: 1, Verdict.OPEN: 39}

    async def test_who_meets_the_probe_is_told(self) -> None:
        await self.states.open("arca", now=NOW)
        await self.verdict("first", now=DUE)

        admission = await self.states.look("arca", RULE, now=DUE + 10)

        assert (admission.verdict, admission.wait_seconds) == (Verdict.OPEN, 20)
        assert admission.is_probing

    async def test_looking_takes_no_lease(self) -> None:
        await self.states.open("arca", now=NOW)

        looks = [(await self.states.look("arca", RULE, now=DUE)).verdict for _ in range(3)]

        assert looks == [Verdict.PROBE] * 3
        assert await self.verdict(now=DUE) is Verdict.PROBE

    async def test_a_lease_that_ran_out_goes_to_the_next(self) -> None:
        await self.states.open("arca", now=NOW)
        await self.verdict("first", now=DUE)

        verdicts = [
            await self.verdict("second", now=DUE + 29),
            await self.verdict("third", now=DUE + 30),
        ]

        assert verdicts == [Verdict.OPEN, Verdict.PROBE]

    async def test_a_lease_that_is_given_back_goes_to_the_next(self) -> None:
        await self.states.open("arca", now=NOW)
        await self.verdict("first", now=DUE)

        await self.states.give_back("arca", probe="first")

        assert await self.verdict("second", now=DUE) is Verdict.PROBE

    async def test_a_probe_that_succeeds_closes_it_with_nothing_counted(self) -> None:
        await self.counted(failures=3)
        await self.states.open("arca", now=NOW)
        await self.verdict("first", now=DUE)

        await self.states.close("arca", probe="first")

        seen = await self.counted(successes=1, now=DUE)
        assert await self.verdict(now=DUE) is Verdict.CLOSED
        assert seen is not None
        assert seen.failure_percent(1) == 0

    async def test_a_probe_that_fails_opens_it_for_as_long_again(self) -> None:
        await self.states.open("arca", now=NOW)
        await self.verdict("first", now=DUE)

        await self.states.open("arca", now=DUE + 10, probe="first")

        assert await self.verdict("second", now=DUE + 69) is Verdict.OPEN
        assert await self.verdict("second", now=DUE + 70) is Verdict.PROBE

    async def test_who_lost_the_lease_decides_nothing(self) -> None:
        await self.states.open("arca", now=NOW)
        await self.verdict("first", now=DUE)
        await self.verdict("second", now=DUE + 30)

        await self.states.close("arca", probe="first")
        await self.states.open("arca", now=DUE + 31, probe="first")
        await self.states.give_back("arca", probe="first")

        assert await self.verdict("third", now=DUE + 59) is Verdict.OPEN
        assert await self.verdict("third", now=DUE + 60) is Verdict.PROBE
