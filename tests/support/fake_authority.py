"""A tax agency in memory that keeps ARCA's promises about numbers, and breaks where told to."""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import Enum, auto

from domain.clock import Clock, business_day
from domain.errors import HeldBackError, TemporaryError, UnknownOutcomeError
from domain.invoicing.comprobante import (
    AuthorityRefusedError,
    Authorization,
    AuthorizationOutcome,
    AuthorizationRequest,
    AuthorizedComprobante,
    Comprobante,
    Rejection,
    RejectionKind,
)
from domain.invoicing.fiscal_series import SeriesKey
from tests.support.interruptions import Interruptions


class Fault(Enum):
    """What becomes of one request for a CAE."""

    NONE = auto()
    UNREACHABLE = auto()
    """It never leaves."""
    HELD_BACK = auto()
    """We do not make the call."""
    REQUEST_LOST = auto()
    """It leaves and never arrives."""
    ANSWER_LOST = auto()
    """It is worked on, and the answer is lost."""
    LATE = auto()
    """It is worked on, the answer is lost, and nothing shows until just before the next request."""


def a_rejection(kind: RejectionKind = RejectionKind.DOCUMENT, code: str = "10015") -> Rejection:
    return Rejection(kind=kind, code=code, message="DocNro invalido", explanation="Revisá.")


def _held_back() -> HeldBackError:
    return HeldBackError("No calls now.", cause="breaker_open", retry_after_seconds=300)


class FakeAuthority:
    """The domain's FiscalAuthority."""

    def __init__(self, clock: Clock, interruptions: Interruptions | None = None) -> None:
        self._clock = clock
        self._interruptions = interruptions or Interruptions()
        self.documents: dict[tuple[SeriesKey, int], AuthorizedComprobante] = {}
        self.faults: deque[Fault] = deque()
        self.received: list[AuthorizationRequest] = []
        self.refuse: Callable[[Comprobante], Rejection | None] = lambda _: None
        self.refuse_questions: Rejection | None = None
        self.is_down = False
        self.is_suspended = False
        self.before_answers: Callable[[], Awaitable[None]] | None = None
        """What happens while an answer is on its way."""
        self._late: list[AuthorizedComprobante] = []
        self._granted_count = 0

    async def look(self) -> None:
        if self.is_suspended:
            raise _held_back()

    async def last_authorized(self, series: SeriesKey) -> int:
        last = self._last(series)
        await self._answer_question()
        return last

    async def find(self, series: SeriesKey, number: int) -> AuthorizedComprobante | None:
        found = self.documents.get((series, number))
        await self._answer_question()
        return found

    async def authorize(self, request: AuthorizationRequest) -> AuthorizationOutcome:
        await self._interruptions.point()
        fault = self.faults.popleft() if self.faults else Fault.NONE
        if fault is Fault.HELD_BACK:
            raise _held_back()
        if self.is_down or fault is Fault.UNREACHABLE:
            raise TemporaryError("ARCA cannot be reached.")
        for late in self._late:
            self._show(late)
        self._late.clear()
        self.received.append(request)
        if fault is Fault.REQUEST_LOST:
            raise UnknownOutcomeError("The answer was lost.")
        outcome = self._work(request)
        if fault is Fault.LATE and isinstance(outcome, Authorization):
            key = (request.comprobante.series, request.comprobante.number)
            self._late.append(self.documents.pop(key))
        await self._interruptions.point()
        if fault in (Fault.LATE, Fault.ANSWER_LOST):
            raise UnknownOutcomeError("The answer was lost.")
        return outcome

    def write_as_foreigner(self, comprobante: Comprobante) -> None:
        """Authorise a document that another system sends."""
        self._show(
            AuthorizedComprobante(comprobante=comprobante, authorization=self._granted(comprobante))
        )

    def _show(self, document: AuthorizedComprobante) -> None:
        key = (document.comprobante.series, document.comprobante.number)
        self.documents[key] = document

    async def _answer_question(self) -> None:
        await self._interruptions.point()
        if self.before_answers is not None:
            await self.before_answers()
        if self.is_down:
            raise TemporaryError("ARCA cannot be reached.")
        if self.refuse_questions is not None:
            raise AuthorityRefusedError(self.refuse_questions)

    def _last(self, series: SeriesKey) -> int:
        return max((number for key, number in self.documents if key == series), default=0)

    def _work(self, request: AuthorizationRequest) -> AuthorizationOutcome:
        comprobante = request.comprobante
        if not self._is_next(comprobante):
            return a_rejection(RejectionKind.OUT_OF_SEQUENCE, "10016")
        today = business_day(self._clock.now())
        if abs(comprobante.issue_date - today) > timedelta(days=10):
            return a_rejection(RejectionKind.DATE, "10016")
        refusal = self.refuse(comprobante)
        if refusal is not None:
            return refusal
        granted = self._granted(comprobante)
        self._show(AuthorizedComprobante(comprobante=comprobante, authorization=granted))
        return granted

    def _is_next(self, comprobante: Comprobante) -> bool:
        last_number = self._last(comprobante.series)
        last = self.documents.get((comprobante.series, last_number))
        is_early = last is not None and comprobante.issue_date < last.comprobante.issue_date
        return comprobante.number == last_number + 1 and not is_early

    def _granted(self, comprobante: Comprobante) -> Authorization:
        self._granted_count += 1
        return Authorization(
            cae=f"75{self._granted_count:012d}",
            cae_due_date=comprobante.issue_date + timedelta(days=10),
        )
