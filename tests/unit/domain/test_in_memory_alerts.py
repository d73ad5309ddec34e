from datetime import timedelta

import pytest

from tests.contracts.alerts import AlertsContract
from tests.support.in_memory_alerts import InMemoryAlerts


class TestInMemoryAlerts(AlertsContract):
    @pytest.fixture(autouse=True)
    def _open(self) -> None:
        self.alerts = self.book = self.deliveries = InMemoryAlerts()

    async def let_pass(self, step: timedelta) -> None:
        self.alerts.now += step
