"""An invoice's lines as the JSON of their column."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from domain.invoicing.invoice_line import InvoiceLine
from domain.iva import IvaRate


def invoice_lines_to_json(lines: Sequence[InvoiceLine]) -> str | None:
    """Return lines as the column holds them: NULL for none."""
    return json.dumps([asdict(line) for line in lines]) if lines else None


def invoice_lines_from_json(column: Sequence[Mapping[str, Any]] | None) -> tuple[InvoiceLine, ...]:
    """Return the lines in the column."""
    return tuple(
        InvoiceLine(**{**item, "iva_rate": IvaRate(item["iva_rate"])}) for item in column or ()
    )
