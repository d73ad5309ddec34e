"""How we log in to ARCA: once, for everybody, and never in a hurry."""

import asyncio
import base64
import contextlib
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from lxml import etree

from adapters.afip.authority import ArcaAuthority
from adapters.afip.credentials import CredentialsError, load_credentials
from adapters.afip.wsaa import LoginFailedError, LoginFault
from adapters.afip.wsfe import TicketRefusedError
from domain.errors import TemporaryError
from domain.invoicing.fiscal_series import SeriesKey
from tests.support.invoice_builders import an_invoice
from tests.support.own_certificates import a_certificate, an_rsa_key, write_pem_files
from tests.support.waiting import eventually_true
from tests.unit.adapters.afip.recorded import Arca, a_fault, a_ticket, errors, last_number

SERIES: SeriesKey = an_invoice().series_key
EXPIRED = (600, "ValidacionDeToken: No validaron las fechas del token. GenTime=1, ExpTime=2")
DAMAGED = (600, "ValidacionDeToken: Error al verificar hash: VerificacionDeHash")


def logins(arca: Arca) -> int:
    return len(arca.sent("loginCms"))


async def test_the_login_request_is_signed_with_content_and_certificate_inside(
    arca: Arca, authority: ArcaAuthority, pem_files: tuple[Path, Path]
) -> None:
    arca.answer("FECompUltimoAutorizado", last_number(1))

    await authority.last_authorized(SERIES)

    (login,) = arca.sent("loginCms")
    signed = base64.b64decode(login.findtext("{*}in0") or "")
    own = x509.load_pem_x509_certificate(pem_files[0].read_bytes())
    assert pkcs7.load_der_pkcs7_certificates(signed) == [own]
    content = signed[signed.index(b"<loginTicketRequest") :]
    request = etree.fromstring(content[: content.index(b"</loginTicketRequest>") + 21])
    assert request.findtext("service") == "wsfe"
    assert 0 <= int(request.findtext("header/uniqueId") or "") < 2**32
    window = [
        datetime.fromisoformat(request.findtext(f"header/{name}") or "") - arca.clock.now()
        for name in ("generationTime", "expirationTime")
    ]
    assert window == [timedelta(minutes=-10), timedelta(minutes=10)]
    assert "soapaction" in arca.requests[0].headers


async def test_a_ticket_is_used_until_it_is_nearly_over(
    arca: Arca, authority: ArcaAuthority
) -> None:
    arca.answer("FECompUltimoAutorizado", last_number(1))
    arca.answer("loginCms", a_ticket(), a_ticket("bmV1", "2026-11-21T09:00:00-03:00"))

    await authority.last_authorized(SERIES)
    arca.clock.advance(timedelta(hours=11, minutes=49))
    await authority.last_authorized(SERIES)
    before = logins(arca)
    arca.clock.advance(timedelta(minutes=2))
    await authority.last_authorized(SERIES)

    assert (before, logins(arca)) == (1, 2)
    assert arca.sent("FECompUltimoAutorizado")[-1].findtext("{*}Auth/{*}Token") == "bmV1"


async def test_everybody_shares_one_login(arca: Arca, pem_files: tuple[Path, Path]) -> None:
    arca.answer("FECompUltimoAutorizado", last_number(1))

    async with contextlib.AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(arca.open(pem_files)) for _ in range(4)]
        numbers = await asyncio.gather(
            *(process.last_authorized(SERIES) for process in processes for _ in range(3))
        )

    assert numbers == [1] * 12
    assert logins(arca) == 1


async def test_a_ticket_that_is_over_is_renewed_once(arca: Arca, authority: ArcaAuthority) -> None:
    arca.answer("loginCms", a_ticket(), a_ticket("bmV1"))
    arca.answer("FECompUltimoAutorizado", last_number(0, errors(EXPIRED)), last_number(41))

    number = await authority.last_authorized(SERIES)

    assert (number, logins(arca)) == (41, 2)


async def test_a_ticket_that_another_process_renewed_is_taken_from_the_store(
    arca: Arca, pem_files: tuple[Path, Path]
) -> None:
    arca.answer("loginCms", a_ticket(), a_ticket("bmV1"), a_fault("coe.alreadyAuthenticated"))
    arca.answer(
        "FECompUltimoAutorizado",
        last_number(1),
        last_number(2),
        last_number(0, errors(DAMAGED)),
        last_number(3),
        last_number(0, errors(DAMAGED)),
        last_number(4),
    )

    async with arca.open(pem_files) as one, arca.open(pem_files) as other:
        numbers = [
            await one.last_authorized(SERIES),
            await other.last_authorized(SERIES),
            await one.last_authorized(SERIES),
            await other.last_authorized(SERIES),
        ]

    assert numbers == [1, 2, 3, 4]
    assert logins(arca) == 2


async def test_a_service_that_refuses_every_ticket_is_left_alone(
    arca: Arca, authority: ArcaAuthority
) -> None:
    arca.answer("FECompUltimoAutorizado", last_number(0, errors(DAMAGED)))

    with pytest.raises(TicketRefusedError):
        await authority.last_authorized(SERIES)

    assert logins(arca) == 2


@pytest.mark.parametrize("soap_namespace", ["11", "12"])
@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("coe.alreadyAuthenticated", LoginFault.ALREADY_AUTHENTICATED),
        ("wsn.unavailable", LoginFault.OUTAGE),
        ("wsaa.internalError", LoginFault.OUTAGE),
        ("xml.generationTime.invalid", LoginFault.CLOCK),
        ("coe.notAuthorized", LoginFault.REFUSED),
        ("cms.cert.expired", LoginFault.REFUSED),
        ("cms.bad", LoginFault.REFUSED),
    ],
)
async def test_a_login_that_fails_is_not_tried_again_for_as_long_as_its_reason_asks(
    arca: Arca, authority: ArcaAuthority, *, code: str, fault: LoginFault, soap_namespace: str
) -> None:
    arca.answer("loginCms", a_fault(code, soap_namespace=soap_namespace))

    with pytest.raises(LoginFailedError) as first:
        await authority.last_authorized(SERIES)
    with pytest.raises(TemporaryError) as second:
        await authority.last_authorized(SERIES)

    assert first.value.fault is fault
    assert (first.value.retry_after_seconds or 0) >= 60
    assert (second.value.retry_after_seconds or 0) > 50
    assert logins(arca) == 1


async def test_a_login_whose_answer_was_lost_is_not_repeated_at_once(
    arca: Arca, authority: ArcaAuthority
) -> None:
    arca.answer("loginCms", httpx.ReadError("connection reset"))

    with pytest.raises(LoginFailedError) as error:
        await authority.last_authorized(SERIES)

    assert error.value.fault is LoginFault.LOST


async def test_a_login_that_never_left_may_be_tried_again_soon(
    arca: Arca, authority: ArcaAuthority
) -> None:
    arca.answer("loginCms", httpx.ConnectError("refused"), a_ticket())
    arca.answer("FECompUltimoAutorizado", last_number(1))
    with pytest.raises(TemporaryError):
        await authority.last_authorized(SERIES)

    async def works_again() -> bool:
        with contextlib.suppress(TemporaryError):
            return await authority.last_authorized(SERIES) == 1
        return False

    assert await eventually_true(works_again)


async def test_a_ticket_is_kept_until_the_store_is_back(
    arca: Arca, pem_files: tuple[Path, Path]
) -> None:
    arca.answer("loginCms", a_ticket(), a_fault("coe.alreadyAuthenticated"))
    arca.answer("FECompUltimoAutorizado", last_number(1))
    arca.tickets.refusals = 2

    async with arca.open(pem_files) as one, arca.open(pem_files) as other:
        numbers = [await one.last_authorized(SERIES), await other.last_authorized(SERIES)]

    assert numbers == [1, 1]
    assert logins(arca) == 1


async def test_a_failed_login_is_noted_when_the_store_is_back(
    arca: Arca, authority: ArcaAuthority
) -> None:
    arca.answer("loginCms", a_fault("coe.alreadyAuthenticated"))
    arca.tickets.refusals = 2

    with pytest.raises(LoginFailedError):
        await authority.last_authorized(SERIES)
    with pytest.raises(TemporaryError) as second:
        await authority.last_authorized(SERIES)

    assert (second.value.retry_after_seconds or 0) <= 60
    assert logins(arca) == 1


async def test_a_ticket_that_still_holds_is_used_when_no_new_one_is_to_be_had(
    arca: Arca, authority: ArcaAuthority
) -> None:
    arca.answer("loginCms", a_ticket(), a_fault("wsn.unavailable"))
    arca.answer("FECompUltimoAutorizado", last_number(1))
    await authority.last_authorized(SERIES)
    arca.clock.advance(timedelta(hours=11, minutes=55))

    numbers = [await authority.last_authorized(SERIES) for _ in range(3)]

    assert numbers == [1, 1, 1]
    assert logins(arca) == 2


@pytest.mark.parametrize("expires", ["", "mañana", "2026-11-20T21:00:00"])
async def test_a_ticket_that_does_not_say_when_it_ends_is_none(
    arca: Arca, authority: ArcaAuthority, expires: str
) -> None:
    arca.answer("loginCms", a_ticket(expires=expires))

    with pytest.raises(LoginFailedError):
        await authority.last_authorized(SERIES)


def test_secrets_are_not_printed(pem_files: tuple[Path, Path]) -> None:
    credentials = load_credentials(*pem_files)

    assert credentials.fingerprint in repr(credentials)
    assert "Private" not in repr(credentials)


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    key, other = an_rsa_key(), an_rsa_key()
    certificate_file, key_file = write_pem_files(tmp_path, a_certificate(key), other)

    with pytest.raises(CredentialsError, match="is not the key of"):
        load_credentials(certificate_file, key_file)


def test_a_key_that_is_not_rsa_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate_file, key_file = write_pem_files(tmp_path, a_certificate(key), key)

    with pytest.raises(CredentialsError, match="no RSA key"):
        load_credentials(certificate_file, key_file)


@pytest.mark.parametrize("broken", ["certificate.pem", "key.pem"])
def test_files_that_are_no_pem_are_named_and_not_shown(tmp_path: Path, broken: str) -> None:
    key = an_rsa_key()
    files = write_pem_files(tmp_path, a_certificate(key), key)
    (tmp_path / broken).write_text("secreto")

    with pytest.raises(CredentialsError) as refusal:
        load_credentials(*files)

    assert broken in str(refusal.value)
    assert "secreto" not in str(refusal.value)
