"""Rates of the value-added tax between the contract and the domain: both speak ARCA's codes."""

from campotech.type.v1 import fiscal_pb2
from domain.iva import IvaRate


def iva_rate_to_proto(rate: IvaRate) -> fiscal_pb2.VatRate.ValueType:
    """Print a rate."""
    return fiscal_pb2.VatRate.ValueType(rate.value)


def iva_rate_from_proto(rate: fiscal_pb2.VatRate.ValueType) -> IvaRate:
    """Read a rate; none is 21 %."""
    return IvaRate(rate) if rate else IvaRate.TWENTY_ONE
