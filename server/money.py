"""Amounts of money between the contract and the domain."""

from campotech.type.v1 import money_pb2
from domain.money import Money


def money_to_proto(money: Money) -> money_pb2.Money:
    """Print an amount."""
    return money_pb2.Money(currency_code=money.currency, amount_minor=money.minor)


def money_from_proto(message: money_pb2.Money) -> Money:
    """Read an amount."""
    return Money(message.amount_minor, message.currency_code)
