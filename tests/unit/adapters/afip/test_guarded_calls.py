"""What of ARCA's answers says that it does not work, and what each call costs of the limits."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from adapters.afip.authority import ArcaAuthority
from adapters.guarded_calls.breaker import BreakerRule
from domain.errors import HeldBackError, TemporaryError, UnknownOutcomeError
from domain.invoicing.comprobante import AuthorityRefusedError
from tests.support.clocks import MORNING
from tests.support.guarded import FewTokens, a_breaker, guarded_calls
from tests.support.invoice_builders import TODAY, an_invoice
from tests.unit.adapters.afip.recorded import Arca, a_fault, a_ticket, errors, last_number, wsfe

INVOICE = an_invoice().submit(17, TODAY, at=MORNING)
SERIES = INVOICE.series_key
EXPIRED = (600, "ValidacionDeToken: No validaron las fechas del token")
ASK, ORDER = "FECompUltimoAutorizado", "FECAESolicitar"

Ask = Callable[[ArcaAuthority], Awaitable[object]]


async def ask(authority: ArcaAuthority) -> None:
    await authority.last_authorized(SERIES)


async def order(authority: ArcaAuthority) -> None:
    await authority.authorize(INVOICE.authorization_request())


@pytest.mark.parametrize(
    ("operation", "call", "answer", "is_suspended"),
    [
        (ASK, ask, wsfe(ASK, errors((501, "Error interno de base de datos"))), True),
        (ASK, ask, httpx.Response(503, text="<html></html>"), True),
        (ASK, ask, httpx.ConnectError("refused"), True),
        (ASK, ask, a_fault("Server", "Server was unable to process request."), True),
        (ASK, ask, a_fault("Client", "Server did not recognize the value."), False),
        (ASK, ask, wsfe(ASK, errors((11000, "PtoVta invalido"))), False),
        (ORDER, order, httpx.ReadError("reset"), True),
        (ORDER, order, wsfe(ORDER, errors((502, "Transaccion activa"))), True),
        (ORDER, order, wsfe(ORDER, errors((10016, "El numero o fecha"))), False),
        ("loginCms", ask, a_fault("wsaa.unavailable", "Servicio no disponible"), True),
        ("loginCms", ask, a_fault("coe.alreadyAuthenticated", "Ya posee un TA"), False),
        ("loginCms", ask, a_fault("cms.cert.expired", "Vencido"), False),
    ],
)
async def test_only_what_says_that_arca_does_not_work_suspends_calls(
    arca: Arca,
    pem_files: tuple[Path, Path],
    operation: str,
    call: Ask,
    answer: httpx.Response | Exception,
    *,
    is_suspended: bool,
) -> None:
    arca.calls = guarded_calls(breaker=a_breaker(rule=BreakerRule(minimum_calls=1)))
    arca.answer(operation, answer)

    async with arca.open(pem_files) as authority:
        with suppress(TemporaryError, UnknownOutcomeError, AuthorityRefusedError):
            await call(authority)

        assert await is_held_back(authority) == is_suspended


async def is_held_back(authority: ArcaAuthority) -> bool:
    try:
        await authority.look()
    except HeldBackError:
        return True
    return False


async def test_logins_and_questions_are_calls_like_any_other(
    arca: Arca, pem_files: tuple[Path, Path]
) -> None:
    limiter = FewTokens()
    arca.calls = guarded_calls(limiter=limiter)
    arca.answer("loginCms", a_ticket(), a_ticket())
    arca.answer(ASK, wsfe(ASK, errors(EXPIRED)), last_number(16))

    async with arca.open(pem_files) as authority:
        await authority.last_authorized(SERIES)

    assert len(limiter.taken) == len(arca.requests) == 4
    assert len(set(limiter.taken)) == 1


async def test_a_question_is_asked_again_and_an_order_never(
    arca: Arca, pem_files: tuple[Path, Path]
) -> None:
    arca.calls = guarded_calls(tries=2)
    arca.answer(ASK, httpx.ReadError("reset"), last_number(16))
    arca.answer(ORDER, httpx.ReadError("reset"))

    async with arca.open(pem_files) as authority:
        last = await authority.last_authorized(SERIES)
        with pytest.raises(UnknownOutcomeError):
            await order(authority)

    assert last == 16
    assert (len(arca.sent(ASK)), len(arca.sent(ORDER))) == (2, 1)


async def test_without_a_token_there_is_not_even_a_login(
    arca: Arca, pem_files: tuple[Path, Path]
) -> None:
    arca.calls = guarded_calls(limiter=FewTokens(0))

    async with arca.open(pem_files) as authority:
        with pytest.raises(HeldBackError):
            await ask(authority)

    assert not arca.requests
