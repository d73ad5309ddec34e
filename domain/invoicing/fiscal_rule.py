"""Refusals by the law's own rules, found before anything is sent to the tax agency."""

from domain.errors import InvalidInputError


class FiscalRuleError(InvalidInputError):
    """A document that ARCA would refuse; `explanation` tells the owner in Spanish what to do."""

    reason = "FISCAL_RULE_BROKEN"

    def __init__(self, message: str, *, field: str, explanation: str, **metadata: object) -> None:
        super().__init__(message, field=field, **metadata)
        self.explanation = explanation


class ReceiverRefusedError(FiscalRuleError):
    """The receiver cannot get a document of this class or amount as it is."""

    reason = "INVOICE_RECEIVER_REFUSED"


class AmountsRefusedError(FiscalRuleError):
    """Amounts that do not add up as the service demands."""

    reason = "INVOICE_AMOUNTS_REFUSED"


class DatesRefusedError(FiscalRuleError):
    """Dates outside the windows that the service accepts."""

    reason = "INVOICE_DATES_REFUSED"
