from datetime import timedelta

import httpx
import pytest

from tests.integration.sandbox.running import RunningSandbox

NUMBER = "106540352242922"
CUSTOMER = "5491155550000"
PARAMETERS = ["Ana", "12", "Factura C 00001-00000001", "76470123456789", "$ 45.000,00"]
WAIT_A_SECOND = timedelta(seconds=1)


def template_message(*texts: str, name: str = "job_completed_invoice") -> dict[str, object]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": f"+{CUSTOMER}",
        "type": "template",
        "template": {
            "name": name,
            "language": {"code": "es_AR"},
            "components": [
                {
                    "type": "body",
                    "parameters": [{"type": "text", "text": text} for text in texts],
                }
            ],
        },
        "biz_opaque_callback_data": "0199f0a2-0000-7000-8000-000000000001",
    }


def text_message(body: str = "¡Hola!", to: str = CUSTOMER) -> dict[str, object]:
    return {
        "messaging_product": "whatsapp",
        "to": to,
        "type": "text",
        "text": {"body": body},
    }


def send(sandbox: RunningSandbox, message: object, bearer: str = "secret") -> httpx.Response:
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    return sandbox.http.post(f"/v26.0/{NUMBER}/messages", json=message, headers=headers)


def error_of(response: httpx.Response) -> int:
    error = response.json()["error"]
    assert error["error_data"]["messaging_product"] == "whatsapp"
    code: int = error["code"]
    return code


def hear_from(sandbox: RunningSandbox, sender: str = CUSTOMER) -> None:
    body = {"phone_number_id": NUMBER, "sender": sender}
    sandbox.http.post("/sandbox/whatsapp/inbound", json=body).raise_for_status()


def manage_templates(sandbox: RunningSandbox, method: str, **options: object) -> httpx.Response:
    headers = {"authorization": "Bearer secret"}
    return sandbox.http.request(
        method,
        "/v26.0/102290129340398/message_templates",
        headers=headers,
        **options,  # type: ignore[arg-type]  # httpx has no type for its options
    )


def test_an_approved_template_is_accepted_and_shown_as_the_customer_reads_it(
    sandbox: RunningSandbox,
) -> None:
    answer = send(sandbox, template_message(*PARAMETERS)).json()

    [shown] = sandbox.http.get("/sandbox/whatsapp/messages").json()["messages"]
    assert answer["contacts"] == [{"input": f"+{CUSTOMER}", "wa_id": CUSTOMER}]
    assert answer["messages"][0]["id"].startswith("wamid.")
    assert shown["wamid"] == answer["messages"][0]["id"]
    assert shown["template"] == "job_completed_invoice"
    assert shown["callback_data"] == "0199f0a2-0000-7000-8000-000000000001"
    assert shown["text"].startswith("Hola Ana, terminamos el trabajo N.º 12.")
    assert all(text in shown["text"] for text in PARAMETERS)


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ({}, 400, 100),
        ({"messaging_product": "whatsapp", "type": "text"}, 400, 100),
        (template_message(*PARAMETERS[:4]), 400, 132000),
        (template_message(*PARAMETERS, "too many"), 400, 132000),
        (template_message(*PARAMETERS[:4], "two\nlines"), 400, 132012),
        (template_message(*PARAMETERS[:4], ""), 400, 131008),
        (template_message(*PARAMETERS, name="unknown"), 404, 132001),
        ({"messaging_product": "whatsapp", "to": CUSTOMER, "type": "template"}, 400, 131008),
        ({"messaging_product": "whatsapp", "to": CUSTOMER, "type": "dance"}, 400, 131051),
        (text_message(to="call me"), 400, 131009),
        (text_message(body="x" * 4097), 400, 131009),
        (text_message(), 400, 131047),
    ],
)
def test_a_message_that_cannot_go_is_refused_with(
    sandbox: RunningSandbox, message: object, status: int, code: int
) -> None:
    response = send(sandbox, message)

    assert (response.status_code, error_of(response)) == (status, code)
    assert sandbox.http.get("/sandbox/whatsapp/messages").json()["messages"] == []


def test_a_body_that_is_no_json_is_refused(sandbox: RunningSandbox) -> None:
    response = sandbox.http.post(
        f"/v26.0/{NUMBER}/messages", content="{", headers={"authorization": "Bearer secret"}
    )

    assert (response.status_code, error_of(response)) == (400, 100)


def test_a_token_is_needed(sandbox: RunningSandbox) -> None:
    response = send(sandbox, template_message(*PARAMETERS), bearer="")

    assert (response.status_code, error_of(response)) == (401, 190)


def test_only_known_tokens_are_taken_once_some_are_named(sandbox: RunningSandbox) -> None:
    sandbox.http.patch("/sandbox/whatsapp/behaviour", json={"tokens": ["good"]})

    known = send(sandbox, template_message(*PARAMETERS), bearer="good")
    unknown = send(sandbox, template_message(*PARAMETERS), bearer="bad")

    assert known.status_code == 200
    assert (unknown.status_code, error_of(unknown)) == (401, 190)


@pytest.mark.parametrize("spelling", [CUSTOMER, "541155550000", "+54 9 11 5555-0000"])
def test_free_text_goes_within_a_day_of_the_customers_last_word(
    sandbox: RunningSandbox, spelling: str
) -> None:
    hear_from(sandbox)
    sandbox.clock.advance(timedelta(hours=24))

    in_time = send(sandbox, text_message(to=spelling))
    sandbox.clock.advance(WAIT_A_SECOND)
    too_late = send(sandbox, text_message(to=spelling))

    assert in_time.json()["contacts"] == [{"input": spelling, "wa_id": CUSTOMER}]
    assert error_of(too_late) == 131047


@pytest.mark.parametrize(
    ("status", "code"),
    [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001), ("PENDING", 132001)],
)
def test_a_template_that_is_not_approved_is_refused(
    sandbox: RunningSandbox, status: str, code: int
) -> None:
    template = "/sandbox/whatsapp/templates/job_completed_invoice/es_AR"
    sandbox.http.put(template, json={"status": status})

    response = send(sandbox, template_message(*PARAMETERS))

    assert error_of(response) == code


def test_a_template_can_be_added_listed_used_and_removed(sandbox: RunningSandbox) -> None:
    template = {
        "name": "visit_reminder",
        "language": "es_AR",
        "category": "UTILITY",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Recordatorio"},
            {"type": "BODY", "text": "{{2}}, te visitamos el {{1}}."},
        ],
    }
    created = manage_templates(sandbox, "POST", json=template).json()
    [listed] = manage_templates(sandbox, "GET", params={"name": "visit_reminder"}).json()["data"]
    send(sandbox, template_message("martes", "Ana", name="visit_reminder"))
    removed = manage_templates(sandbox, "DELETE", params={"name": "visit_reminder"})
    refused = send(sandbox, template_message("martes", "Ana", name="visit_reminder"))

    [shown] = sandbox.http.get("/sandbox/whatsapp/messages").json()["messages"]
    assert created["status"] == "APPROVED"
    assert listed["id"] == created["id"]
    assert shown["text"] == "Recordatorio\n\nAna, te visitamos el martes."
    assert removed.json() == {"success": True}
    assert error_of(refused) == 132001


def test_a_template_of_the_same_name_and_language_is_refused(sandbox: RunningSandbox) -> None:
    template = {
        "name": "job_completed_invoice",
        "language": "es_AR",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Otra"}],
    }

    response = manage_templates(sandbox, "POST", json=template)

    assert error_of(response) == 100


def test_templates_wait_for_approval_when_the_sandbox_is_told_so(sandbox: RunningSandbox) -> None:
    sandbox.http.patch("/sandbox/whatsapp/behaviour", json={"approves_templates_at_once": False})
    template = {
        "name": "visit_reminder",
        "language": "es_AR",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Te visitamos mañana."}],
    }

    created = manage_templates(sandbox, "POST", json=template).json()

    assert created["status"] == "PENDING"


def test_a_customer_gets_a_burst_of_45_and_then_one_message_in_six_seconds(
    sandbox: RunningSandbox,
) -> None:
    sandbox.http.patch("/sandbox/whatsapp/behaviour", json={"pair_rate_limited": True})
    burst = [send(sandbox, template_message(*PARAMETERS)) for _ in range(46)]
    sandbox.clock.advance(timedelta(seconds=6))

    later = [send(sandbox, template_message(*PARAMETERS)) for _ in range(2)]

    assert [response.status_code for response in burst] == [200] * 45 + [429]
    assert error_of(burst[-1]) == 131056
    assert [response.status_code for response in later] == [200, 429]


def test_a_number_sends_only_so_many_messages_a_second(sandbox: RunningSandbox) -> None:
    sandbox.http.patch("/sandbox/whatsapp/behaviour", json={"messages_per_second": 2})
    sent = [send(sandbox, template_message(*PARAMETERS)) for _ in range(3)]
    sandbox.clock.advance(WAIT_A_SECOND)

    later = send(sandbox, template_message(*PARAMETERS))

    assert [response.status_code for response in sent] == [200, 200, 429]
    assert error_of(sent[-1]) == 130429
    assert later.status_code == 200


def test_the_view_finds_a_message_by_its_callback_data(sandbox: RunningSandbox) -> None:
    send(sandbox, template_message(*PARAMETERS))
    send(sandbox, {**template_message(*PARAMETERS), "biz_opaque_callback_data": "second"})

    query = {"callback_data": "second"}
    found = sandbox.http.get("/sandbox/whatsapp/messages", params=query).json()["messages"]

    assert [message["callback_data"] for message in found] == ["second"]


def test_marking_a_message_as_read_sends_nothing(sandbox: RunningSandbox) -> None:
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x"}

    response = send(sandbox, body)

    assert response.json() == {"success": True}
    assert sandbox.http.get("/sandbox/whatsapp/messages").json()["messages"] == []


def ask_for_number(sandbox: RunningSandbox, fields: str, number: str = NUMBER) -> httpx.Response:
    headers = {"authorization": "Bearer secret"}
    path = f"/v26.0/{number}"
    return sandbox.http.get(path, params={"fields": fields}, headers=headers)


def test_a_number_is_described_by_the_fields_that_are_asked_for(sandbox: RunningSandbox) -> None:
    answer = ask_for_number(sandbox, "id,display_phone_number").json()

    assert answer == {"id": NUMBER, "display_phone_number": "+54 9 11 5555-0100"}


def test_a_number_is_not_told_to_a_token_that_is_not_known(sandbox: RunningSandbox) -> None:
    sandbox.http.patch("/sandbox/whatsapp/behaviour", json={"tokens": ["good"]})

    response = ask_for_number(sandbox, "id")

    assert (response.status_code, error_of(response)) == (401, 190)


@pytest.mark.parametrize(("number", "fields"), [("me", "id"), (NUMBER, "id,birthday")])
def test_what_no_number_has_is_refused(sandbox: RunningSandbox, number: str, fields: str) -> None:
    response = ask_for_number(sandbox, fields, number)

    assert (response.status_code, error_of(response)) == (400, 100)
