from datetime import UTC, datetime

from sandbox.received import Received, ReceivedLog


def a_request(number: int, service: str = "whatsapp") -> Received:
    return Received(
        number=number,
        at=datetime(2026, 11, 22, tzinfo=UTC),
        service=service,
        operation="messages",
        fields={},
    )


def test_a_full_log_forgets_the_oldest_and_counts_them_all() -> None:
    log = ReceivedLog(3)

    for number in range(1, 6):
        log.add(a_request(number))

    assert [received.number for received in log.newest_first()] == [5, 4, 3]
    assert log.total == 5


def test_the_log_can_be_narrowed_to_a_service() -> None:
    log = ReceivedLog(3)
    log.add(a_request(1, "arca.wsfe"))
    log.add(a_request(2))

    assert [received.number for received in log.newest_first(service="arca.wsfe")] == [1]
