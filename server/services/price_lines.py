"""Price lines between the contract and the domain."""

from collections.abc import Iterable

from campotech.jobs.v1 import job_pb2
from domain.jobs.price_line import PriceLine
from server.iva import iva_rate_from_proto, iva_rate_to_proto
from server.money import money_from_proto, money_to_proto


def price_line_to_proto(line: PriceLine) -> job_pb2.PriceLine:
    """Print a line with what it comes to."""
    return job_pb2.PriceLine(
        description=line.description,
        quantity_thousandths=line.quantity_thousandths,
        unit_price=money_to_proto(line.unit_price),
        vat_rate=iva_rate_to_proto(line.iva_rate),
        total=money_to_proto(line.total),
    )


def price_lines_from_proto(lines: Iterable[job_pb2.PriceLine]) -> tuple[PriceLine, ...]:
    """Read lines; what they come to is computed and not read."""
    return tuple(
        PriceLine(
            description=line.description,
            quantity_thousandths=line.quantity_thousandths,
            unit_price=money_from_proto(line.unit_price),
            iva_rate=iva_rate_from_proto(line.vat_rate),
        )
        for line in lines
    )
