import threading
import time
from collections.abc import Callable

import httpx
import pytest

from tests.integration.sandbox.arca_client import ArcaClient
from tests.integration.sandbox.running import RunningSandbox
from tests.integration.sandbox.test_whatsapp import (
    PARAMETERS,
    error_of,
    send,
    template_message,
)
from tests.support.waiting import eventually


def send_invoice_notice(sandbox: RunningSandbox) -> httpx.Response:
    return send(sandbox, template_message(*PARAMETERS))


def sent_messages(sandbox: RunningSandbox) -> int:
    return len(sandbox.http.get("/sandbox/whatsapp/messages").json()["messages"])


def test_a_service_that_is_down_cuts_the_connection_and_does_nothing(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    arca.ticket()
    sandbox.put_fault("arca.wsfe", "down")

    with pytest.raises(httpx.TransportError):
        arca.request_cae(arca.record_c(1))

    sandbox.http.delete("/sandbox/faults/arca.wsfe")
    assert arca.last_number() == 0


def test_a_lost_answer_leaves_the_work_done(sandbox: RunningSandbox, arca: ArcaClient) -> None:
    arca.ticket()
    sandbox.put_fault("arca.wsfe.FECAESolicitar", "answer_lost", times=1)

    with pytest.raises(httpx.TransportError):
        arca.request_cae(arca.record_c(1))

    assert arca.look_up(1).text("Resultado") == "A"


def test_a_lost_answer_of_whatsapp_leaves_the_message_sent(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("whatsapp", "answer_lost", times=1)

    with pytest.raises(httpx.TransportError):
        send_invoice_notice(sandbox)

    assert sent_messages(sandbox) == 1


def test_a_fault_of_one_operation_spares_the_others(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    arca.ticket()
    sandbox.put_fault("arca.wsfe.FECAESolicitar", "http_500")

    refused = arca.request_cae(arca.record_c(1))
    number = arca.last_number()

    assert refused.status == 500
    assert number == 0


def test_the_most_specific_fault_strikes(sandbox: RunningSandbox, arca: ArcaClient) -> None:
    arca.ticket()
    sandbox.put_fault("arca", "http_500")
    sandbox.put_fault("arca.wsfe.FEDummy", "throttled", seconds=7)

    general = arca.call("FECompTotXRequest")
    specific = arca.call_as("", "FEDummy")

    assert general.status == 500
    assert specific.status == 503
    assert specific.response.headers["retry-after"] == "7"


def test_a_fault_counts_down_and_ends(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("whatsapp", "http_500", times=2)

    answers = [send_invoice_notice(sandbox) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [500, 500, 200]
    assert sandbox.http.get("/sandbox/faults").json()["faults"] == {}


def test_throttled_whatsapp_says_so_in_its_own_words(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("whatsapp", "throttled", seconds=3)

    answer = send_invoice_notice(sandbox)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert error_of(answer) == 130429


def test_throttled_login_is_an_unavailable_page(sandbox: RunningSandbox, arca: ArcaClient) -> None:
    sandbox.put_fault("arca.wsaa", "throttled")

    answer = arca.login(arca.signed(arca.login_request()))

    assert answer.status == 503


def test_a_slow_service_answers_late(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("whatsapp", "slow", seconds=0.2)
    started = time.monotonic()

    answer = send_invoice_notice(sandbox)

    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_held_answer_can_be_seen_before_it_is_given(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    arca.ticket()
    sandbox.put_fault("arca.wsfe.FECAESolicitar", "hang_after", seconds=2)
    answers: list[int] = []
    caller = threading.Thread(
        target=lambda: answers.append(arca.request_cae(arca.record_c(1)).status)
    )
    caller.start()

    def is_held() -> bool:
        seen = sandbox.received(operation="FECAESolicitar")
        return bool(seen) and "answer held" in str(seen[0]["outcome"])

    was_held = eventually(is_held, within_seconds=5)
    answers_while_held = list(answers)
    caller.join(30)

    assert was_held
    assert answers_while_held == []
    assert answers == [200]


def test_an_error_of_the_services_own_is_answered_without_the_work(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    arca.ticket()
    sandbox.put_fault("arca.wsfe.FECAESolicitar", "error", code=502, times=1)

    answer = arca.request_cae(arca.record_c(1))

    assert (answer.status, answer.codes("Err")) == (200, [502])
    assert arca.last_number() == 0


def test_an_error_after_the_work_hides_an_authorised_invoice(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    arca.ticket()
    sandbox.put_fault("arca.wsfe.FECAESolicitar", "error_after", code=501, times=1)

    answer = arca.request_cae(arca.record_c(1))

    assert answer.codes("Err") == [501]
    assert arca.last_number() == 1


@pytest.mark.parametrize(
    ("target", "code", "heard"),
    [
        (
            "arca.wsaa",
            "wsaa.unavailable",
            lambda _, arca: arca.login(b"x").text("faultcode") == "ns1:wsaa.unavailable",
        ),
        ("whatsapp", 131026, lambda sandbox, _: error_of(send_invoice_notice(sandbox)) == 131026),
    ],
)
def test_each_service_gives_errors_in_its_own_form(
    sandbox: RunningSandbox,
    arca: ArcaClient,
    target: str,
    code: str | int,
    heard: Callable[[RunningSandbox, ArcaClient], bool],
) -> None:
    sandbox.put_fault(target, "error", code=code)

    assert heard(sandbox, arca)


@pytest.mark.parametrize(
    ("target", "body", "status"),
    [
        ("mercadopago", {"kind": "down"}, 404),
        ("whatsapp", {"kind": "odd"}, 422),
        ("whatsapp", {"kind": "error"}, 422),
        ("whatsapp", {"kind": "slow", "seconds": -1}, 422),
        ("whatsapp", {"kind": "slow", "times": 0}, 422),
        ("whatsapp", {"kind": "slow", "minutes": 1}, 422),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    sandbox: RunningSandbox, target: str, body: dict[str, object], status: int
) -> None:
    response = sandbox.http.put(f"/sandbox/faults/{target}", json=body)

    assert response.status_code == status
    assert response.json()["error"]


def test_other_connections_live_on_while_one_is_cut(sandbox: RunningSandbox) -> None:
    sandbox.put_fault("whatsapp", "down", times=1)
    with httpx.Client(base_url=sandbox.http.base_url) as other:
        other.get("/sandbox/health")

        with pytest.raises(httpx.TransportError):
            send_invoice_notice(sandbox)

        assert other.get("/sandbox/health").status_code == 200
