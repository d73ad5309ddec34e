"""The way to a service: it swallows nothing endless, and trusts nobody."""

import ssl

import httpx
import pytest
from lxml import etree

from adapters.afip.channel import MAX_ANSWER_BYTES, AnswerLostError, Channel, verifying_context
from adapters.afip.soap import NotSoapError, SoapFaultError, parse, text_of
from tests.unit.adapters.afip.recorded import a_fault, soap

URL = "http://arca.test/service"


def a_channel(answer: httpx.Response) -> Channel:
    return Channel(URL, transport=httpx.MockTransport(lambda _: answer))


async def call(channel: Channel) -> "etree._Element":
    try:
        return await channel.call(etree.Element("question"), action="Ask")
    finally:
        await channel.close()


async def test_an_answer_is_the_first_element_of_the_body() -> None:
    answer = await call(a_channel(soap("<answer><number>7</number></answer>")))

    assert text_of(answer, "number") == "7"


async def test_an_answer_that_is_too_long_is_lost() -> None:
    endless = httpx.Response(200, content=b"x" * (MAX_ANSWER_BYTES + 1))

    with pytest.raises(AnswerLostError, match="too long"):
        await call(a_channel(endless))


async def test_a_fault_is_told_without_its_prefix() -> None:
    with pytest.raises(SoapFaultError) as fault:
        await call(a_channel(a_fault("cms.bad", "Formato")))

    assert (fault.value.code, fault.value.text) == ("cms.bad", "Formato")


def test_an_answer_cannot_reach_for_files() -> None:
    document = parse(
        b'<!DOCTYPE a [<!ENTITY secret SYSTEM "file:///etc/hostname">]><a><b>&secret;</b></a>'
    )

    assert text_of(document, "b") == ""


def test_an_answer_that_grows_without_end_is_refused() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY e0 "xxxxxxxxxx">{entities}]><a><b>&e9;</b></a>'

    try:
        text = text_of(parse(bomb.encode()), "b")
    except NotSoapError:
        text = ""

    assert text == ""


@pytest.mark.parametrize("has_legacy_tls", [False, True])
def test_certificates_are_verified_also_where_ciphers_are_weaker(*, has_legacy_tls: bool) -> None:
    context = verifying_context(has_legacy_tls=has_legacy_tls)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert (context.security_level == 1) == has_legacy_tls
