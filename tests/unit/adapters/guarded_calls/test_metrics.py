"""What operators can count of calls: how they ended, what was held back, whether it is open."""

from prometheus_client import REGISTRY
from pybreaker import CircuitBreaker

from adapters.guarded_calls.breaker_news import BreakerNews
from adapters.guarded_calls.metrics import PrometheusCallCosts
from adapters.guarded_calls.ports import CallOutcome


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_every_try_is_counted_by_how_it_ended_and_timed() -> None:
    costs = PrometheusCallCosts()

    costs.record("counted", "ask", outcome=CallOutcome.OK, duration_seconds=0.2)
    costs.record("counted", "ask", outcome=CallOutcome.FAILED, duration_seconds=30)

    of_the_service = {"service": "counted", "operation": "ask"}
    name = "campotech_provider_calls_total"
    assert sample(name, **of_the_service, outcome="ok") == 1
    assert sample(name, **of_the_service, outcome="failed") == 1
    assert sample("campotech_provider_call_seconds_sum", **of_the_service) == 30.2


def test_what_is_held_back_is_counted_by_its_cause() -> None:
    PrometheusCallCosts().held_back("held", "breaker_open")

    name = "campotech_provider_calls_held_back_total"
    assert sample(name, service="held", cause="breaker_open") == 1


def test_an_open_breaker_shows() -> None:
    breaker = CircuitBreaker(listeners=[BreakerNews("shown")])

    breaker.open()
    opened = sample("campotech_breaker_open", service="shown")
    breaker.close()

    assert (opened, sample("campotech_breaker_open", service="shown")) == (1, 0)
