"""The fake state of breakers keeps the promises of the shared one."""

import pytest

from tests.contracts.breaker_states import BreakerStatesContract
from tests.support.in_memory_breakers import InMemoryBreakerStates


class TestInMemoryBreakerStates(BreakerStatesContract):
    @pytest.fixture(autouse=True)
    def share(self) -> None:
        self.states = self.others = InMemoryBreakerStates()
