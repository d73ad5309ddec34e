import httpx

from tests.integration.sandbox.arca_client import ArcaClient
from tests.integration.sandbox.running import ISSUER, RunningSandbox
from tests.integration.sandbox.test_whatsapp import PARAMETERS, send, template_message


def vouchers_of(sandbox: RunningSandbox, **query: str | int) -> list[dict[str, object]]:
    response = sandbox.http.get("/sandbox/arca/vouchers", params=query)
    listed: list[dict[str, object]] = response.json()["vouchers"]
    return listed


def test_every_request_is_seen_with_what_became_of_it(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    arca.request_cae(arca.record_c(1))
    arca.request_cae(arca.record_c(1))

    refused, authorised, login = sandbox.received()

    assert (login["service"], login["outcome"]) == ("arca.wsaa", "ticket issued")
    assert (authorised["operation"], authorised["outcome"]) == ("FECAESolicitar", "result A")
    assert (refused["outcome"], refused["status"]) == ("result R 10016", 200)
    assert refused["fields"] == {
        "cuit": ISSUER,
        "punto_de_venta": 1,
        "tipo": 11,
        "numbers": [1],
        "caes": [],
        "codes": [10016],
    }


def test_the_view_can_be_narrowed(sandbox: RunningSandbox, arca: ArcaClient) -> None:
    arca.last_number()
    send(sandbox, template_message(*PARAMETERS))

    narrowed = sandbox.received(service="whatsapp")
    one = sandbox.received(limit="1")

    assert [entry["operation"] for entry in narrowed] == ["messages"]
    assert len(one) == 1


def test_authorised_vouchers_are_listed_by_issuer(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    authorised = arca.request_cae(arca.record_c(1))

    own = vouchers_of(sandbox, cuit=ISSUER)
    others = vouchers_of(sandbox, cuit=30000000007)

    assert [voucher["cae"] for voucher in own] == authorised.texts("CAE")
    assert own[0]["total"] == "45000.00"
    assert others == []


def test_no_token_or_private_key_is_kept_in_the_view(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    arca.request_cae(arca.record_c(1))
    send(sandbox, template_message(*PARAMETERS), bearer="not-to-be-seen")

    seen = sandbox.http.get("/sandbox/received").text

    assert arca.ticket().token not in seen
    assert "not-to-be-seen" not in seen


def test_the_page_shows_vouchers_messages_and_faults(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    authorised = arca.request_cae(arca.record_c(1))
    send(sandbox, template_message("<b>Ana</b>", *PARAMETERS[1:]))
    sandbox.put_fault("arca.wsaa", "slow")

    page = sandbox.http.get("/").text

    assert authorised.text("CAE") in page
    assert "Hola &lt;b&gt;Ana&lt;/b&gt;" in page
    assert "arca.wsaa" in page


def test_a_reset_makes_all_as_new(sandbox: RunningSandbox, arca: ArcaClient) -> None:
    arca.request_cae(arca.record_c(1))
    send(sandbox, template_message(*PARAMETERS))
    sandbox.put_fault("arca", "slow")
    sandbox.http.patch("/sandbox/arca/behaviour", json={"records_per_request": 1})

    sandbox.http.post("/sandbox/reset")

    assert sandbox.received() == []
    assert vouchers_of(sandbox) == []
    assert sandbox.http.get("/sandbox/faults").json()["faults"] == {}
    assert sandbox.http.get("/sandbox/arca/behaviour").json()["records_per_request"] == 250
    assert arca.last_number() == 0


def test_an_unknown_path_is_not_found(sandbox: RunningSandbox) -> None:
    response: httpx.Response = sandbox.http.get("/v26.0/1/unknown")

    assert response.status_code == 404
