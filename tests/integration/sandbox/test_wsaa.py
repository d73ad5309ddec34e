import base64
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options
from lxml import etree

from tests.integration.sandbox.arca_client import (
    SOAP_12,
    ArcaClient,
    Certificate,
    ticket_xml_in,
)
from tests.integration.sandbox.running import ISSUER, RunningSandbox

HOUR = timedelta(hours=1)


def openssl(folder: Path, *arguments: str) -> None:
    command = ["openssl", *arguments]
    subprocess.run(  # noqa: S603  # the test's own words
        command, cwd=folder, check=True, capture_output=True
    )


def token_of(answer_ticket: "etree._Element") -> "etree._Element":
    return etree.fromstring(base64.b64decode(answer_ticket.findtext("credentials/token", "")))


def test_a_signed_request_gets_a_ticket_for_twelve_hours(arca: ArcaClient) -> None:
    answer = arca.login(arca.signed(arca.login_request()))

    header = ticket_xml_in(answer).find("header")
    assert header is not None
    generated = datetime.fromisoformat(header.findtext("generationTime", ""))
    expires = datetime.fromisoformat(header.findtext("expirationTime", ""))
    assert expires - generated == 12 * HOUR
    assert generated.utcoffset() == -3 * HOUR
    assert f"SERIALNUMBER=CUIT {ISSUER}" in header.findtext("destination", "")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
@pytest.mark.parametrize("options", [(), ("-noattr",), ("-md", "sha1"), ("-keyid",)])
def test_what_the_openssl_command_signs_is_accepted(
    arca: ArcaClient, tmp_path: Path, options: tuple[str, ...]
) -> None:
    (tmp_path / "request.xml").write_bytes(arca.login_request())
    (tmp_path / "certificate.pem").write_bytes(arca.certificate.pem)
    (tmp_path / "key.pem").write_bytes(arca.certificate.key_pem)
    command = "cms -sign -binary -nodetach -in request.xml -signer certificate.pem"
    files = "-inkey key.pem -outform DER -out signed.der"
    openssl(tmp_path, *command.split(), *files.split(), *options)

    answer = arca.login((tmp_path / "signed.der").read_bytes())

    assert answer.status == 200


def test_a_token_names_the_service_and_the_certificates_own_cuit(arca: ArcaClient) -> None:
    answer = arca.login(arca.signed(arca.login_request()))

    token = token_of(ticket_xml_in(answer))
    login = token.find("operation/login")
    assert login is not None
    assert login.get("service") == "wsfe"
    assert str(ISSUER) in [relation.get("key") for relation in login.iter("relation")]


def test_listed_delegations_are_the_relations_of_the_token(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    sandbox.http.patch("/sandbox/arca/behaviour", json={"delegated": [30000000007]})

    answer = arca.login(arca.signed(arca.login_request()))

    relations = token_of(ticket_xml_in(answer)).iter("relation")
    assert [relation.get("key") for relation in relations] == [str(ISSUER), "30000000007"]


def test_a_second_login_is_refused_for_two_minutes(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    first = arca.login(arca.signed(arca.login_request()))
    sandbox.clock.advance(timedelta(seconds=119))

    second = arca.login(arca.signed(arca.login_request()))
    sandbox.clock.advance(timedelta(seconds=1))
    third = arca.login(arca.signed(arca.login_request()))

    assert first.status == 200
    assert second.status == 500
    assert second.text("faultcode") == "ns1:coe.alreadyAuthenticated"
    assert third.status == 200


def test_the_window_of_one_certificate_does_not_hold_back_another(
    sandbox: RunningSandbox, arca: ArcaClient
) -> None:
    other = sandbox.arca_client()
    arca.login(arca.signed(arca.login_request()))

    answer = other.login(other.signed(other.login_request()))

    assert answer.status == 200


def test_the_window_can_be_switched_off(sandbox: RunningSandbox, arca: ArcaClient) -> None:
    sandbox.http.patch("/sandbox/arca/behaviour", json={"relogin_window_seconds": 0})
    arca.login(arca.signed(arca.login_request()))

    answer = arca.login(arca.signed(arca.login_request()))

    assert answer.status == 200


BAD_CMS: dict[str, Callable[[ArcaClient], bytes | str]] = {
    "cms.bad.base64": lambda _: "%%%",
    "cms.bad": lambda _: b"hello",
    "cms.cert.notFound": lambda arca: arca.signed(arca.login_request(), PKCS7Options.NoCerts),
    "cms.sign.invalid": lambda arca: arca.signed(
        arca.login_request(), PKCS7Options.DetachedSignature
    ),
}


@pytest.mark.parametrize("code", BAD_CMS)
def test_malformed_signed_data_is_refused_with(arca: ArcaClient, code: str) -> None:
    answer = arca.login(BAD_CMS[code](arca))

    assert answer.status == 500
    assert answer.text("faultcode") == f"ns1:{code}"


def test_a_request_that_was_changed_after_signing_is_refused(arca: ArcaClient) -> None:
    signed = arca.signed(arca.login_request())

    answer = arca.login(signed.replace(b"<service>wsfe", b"<service>wsfx"))

    assert answer.text("faultcode") == "ns1:cms.sign.invalid"


def test_a_signature_of_another_key_is_refused(sandbox: RunningSandbox, arca: ArcaClient) -> None:
    stranger = sandbox.certificate()
    arca.certificate = Certificate(arca.certificate.pem, stranger.key_pem)

    answer = arca.login(arca.signed(arca.login_request()))

    assert answer.text("faultcode") == "ns1:cms.sign.invalid"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_a_certificate_of_another_authority_is_refused(arca: ArcaClient, tmp_path: Path) -> None:
    subject = f"/C=AR/O=x/CN=campotech/serialNumber=CUIT {ISSUER}"
    command = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem"
    openssl(tmp_path, *command.split(), "-subj", subject)
    arca.certificate = Certificate(
        (tmp_path / "certificate.pem").read_bytes(), (tmp_path / "key.pem").read_bytes()
    )
    # Its first second must be over by the sandbox's clock too.
    arca.clock.advance(timedelta(minutes=1))

    answer = arca.login(arca.signed(arca.login_request()))

    assert answer.text("faultcode") == "ns1:cms.cert.untrusted"


@pytest.mark.parametrize(
    ("moved", "code"),
    [(timedelta(days=731), "cms.cert.expired"), (timedelta(days=-1), "cms.cert.invalid")],
)
def test_a_certificate_holds_for_its_time_only(
    sandbox: RunningSandbox, arca: ArcaClient, moved: timedelta, code: str
) -> None:
    sandbox.clock.advance(moved)

    answer = arca.login(arca.signed(arca.login_request()))

    assert answer.text("faultcode") == f"ns1:{code}"


BAD_REQUESTS: list[tuple[str, Callable[[ArcaClient], bytes]]] = [
    ("xml.bad", lambda _: b"no XML"),
    ("xml.bad", lambda _: b"<LoginTicketRequest/>"),
    ("xml.bad", lambda arca: arca.login_request().replace(b"4325399", b"-1")),
    ("xml.bad", lambda arca: arca.login_request(service="ws fe")),
    ("xml.version.notSupported", lambda arca: arca.login_request(version="2.0")),
    (
        "xml.source.invalid",
        lambda arca: arca.login_request(extra_header="<source>cn=someone</source>"),
    ),
    (
        "xml.destination.invalid",
        lambda arca: arca.login_request(extra_header="<destination>cn=wsaa</destination>"),
    ),
    (
        "xml.generationTime.invalid",
        lambda arca: arca.login_request(generated=timedelta(seconds=1)),
    ),
    ("xml.generationTime.invalid", lambda arca: arca.login_request(generated=-25 * HOUR)),
    (
        "xml.expirationTime.expired",
        lambda arca: arca.login_request(expires=timedelta(seconds=-1)),
    ),
    ("xml.expirationTime.invalid", lambda arca: arca.login_request(expires=25 * HOUR)),
    ("wsn.notFound", lambda arca: arca.login_request(service="wsxx")),
]


@pytest.mark.parametrize(("code", "request_of"), BAD_REQUESTS)
def test_a_bad_login_request_is_refused_with(
    arca: ArcaClient, code: str, request_of: Callable[[ArcaClient], bytes]
) -> None:
    answer = arca.login(arca.signed(request_of(arca)))

    assert answer.status == 500
    assert answer.text("faultcode") == f"ns1:{code}"


def test_a_request_without_soap_action_is_refused(sandbox: RunningSandbox) -> None:
    body = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>'

    response = sandbox.http.post("/ws/services/LoginCms", content=body)

    assert response.status_code == 500
    assert "ns1:Client.NoSOAPAction" in response.text


def test_the_answer_stands_in_the_namespace_of_the_question(arca: ArcaClient) -> None:
    answer = arca.login(arca.signed(arca.login_request()), namespace="https://some/other")

    assert answer.root.find(".//{https://some/other}loginCmsReturn") is not None


def test_soap_1_2_is_answered_in_soap_1_2(arca: ArcaClient) -> None:
    answer = arca.login("%%%", soap=SOAP_12)

    assert answer.status == 500
    assert answer.text("Value") == "ns1:cms.bad.base64"
    assert answer.response.headers["content-type"].startswith("application/soap+xml")
