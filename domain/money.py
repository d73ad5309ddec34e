"""Amounts of money: integer minor units with a currency, never floats."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (centavos of ARS); `currency` is its ISO 4217 code."""

    minor: int
    currency: str = "ARS"

    def __str__(self) -> str:
        sign = "-" if self.minor < 0 else ""
        whole, cents = divmod(abs(self.minor), 100)
        return f"{sign}{self.currency} {whole}.{cents:02d}"
