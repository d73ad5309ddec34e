"""The limits that calls are held to, as the settings describe them."""

import time
from dataclasses import dataclass
from typing import Self

from domain.limits.limit import OPEN_STREAMS, Limit
from domain.limits.local_shares import LocalShares
from domain.limits.ports import SharedCounts
from server.settings import ServerSettings

CALLER, ORGANIZATION, ADDRESS = "caller", "organization", "address"
LIMITS = (CALLER, ORGANIZATION, ADDRESS, OPEN_STREAMS)
"""All that a call may be refused by."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What this process lets callers spend."""

    callers: LocalShares
    organizations: LocalShares
    addresses: LocalShares

    @classmethod
    def of(cls, settings: ServerSettings, counts: SharedCounts) -> Self:
        def shares(name: str, calls_per_second: float) -> LocalShares:
            seconds = settings.limit_window_seconds
            calls = max(1, int(calls_per_second * seconds))
            at_once = max(1, int(calls_per_second * settings.limit_burst_seconds))
            limit = Limit(name=name, calls=calls, seconds=seconds, at_once=at_once)
            part = 1 / settings.server_processes
            return LocalShares(limit, counts, time.time, unshared_part=part)

        return cls(
            callers=shares(CALLER, settings.caller_calls_per_second),
            organizations=shares(ORGANIZATION, settings.organization_calls_per_second),
            addresses=shares(ADDRESS, settings.address_calls_per_second),
        )
