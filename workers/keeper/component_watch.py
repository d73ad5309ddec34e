"""Looks at what all of the system stands on, and tells operators when it is away."""

from datetime import datetime

from domain.alerts import AlertBook, Changes
from domain.clock import Clock
from domain.health.component import Component
from domain.health.component_alerts import about_outage, component_key, words_of_return
from domain.health.outage import Outage
from domain.health.ports import Probe
from workers.keeper.direct_courier import DirectCourier
from workers.keeper.watchman import say


class CacheWatch:
    """Several keepers may watch: the book says which of them tells."""

    def __init__(self, probe: Probe, book: AlertBook, clock: Clock) -> None:
        self._probe = probe
        self._book = book
        self._clock = clock
        self._outage = Outage()
        # A keeper that died may have told of an outage that is over.
        self._may_be_told = True

    async def work(self) -> bool:
        """Look once, and tell what is new."""
        self._outage.note(await self._probe.look(), self._clock.now())
        since = self._outage.since
        if since is not None:
            self._may_be_told = True
            alert = about_outage(Component.CACHE, since)
            say(Changes(told=[alert] if await self._book.alert(alert) else [], recovered=()))
        elif self._outage.is_over and self._may_be_told:
            say(Changes(told=(), recovered=await self._book.recover([_CACHE])))
            self._may_be_told = False
        return False


class DatabaseWatch:
    """Tells of the database past the book, which lies in it: once per keeper and outage."""

    def __init__(self, probe: Probe, courier: DirectCourier, clock: Clock) -> None:
        self._probe = probe
        self._courier = courier
        self._clock = clock
        self._outage = Outage()
        self._told: datetime | None = None
        """Since when the database is away, if operators were told so."""

    async def work(self) -> bool:
        """Look once, and tell what is new."""
        self._outage.note(await self._probe.look(), self._clock.now())
        since = self._outage.since
        if since is not None and self._told is None:
            self._courier.alert(about_outage(Component.DATABASE, since))
            self._told = since
        elif self._outage.is_over and self._told is not None:
            self._courier.recovered(_DATABASE, words_of_return(Component.DATABASE, self._told))
            self._told = None
        return False


_CACHE = component_key(Component.CACHE)
_DATABASE = component_key(Component.DATABASE)
