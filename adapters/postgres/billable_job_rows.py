"""What an invoice takes over from a job, read in one query from jobs, customers, organisations."""

from typing import Any

from psycopg.rows import TupleRow

from adapters.postgres.directory_rows import address_from_json
from adapters.postgres.invoice_rows import document_type_from_column
from adapters.postgres.job_details import price_lines_from_json
from domain.identifiers import CustomerId, JobId
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.invoice_line import InvoiceLine
from domain.invoicing.issuer import CondicionIva, Issuer
from domain.invoicing.receiver import CondicionIvaReceptor, Receiver
from domain.jobs.price_line import PriceLine
from domain.money import Money

BILLABLE_JOB = """
SELECT job.number, job.description, job.price_minor, job.price_currency, job.price_lines,
  job.completed_at,
  job.customer_id, customer.display_name, customer.condicion_iva_receptor, customer.document_type,
  customer.document_number, customer.address, issuer.cuit, issuer.legal_name,
  issuer.condicion_iva, issuer.punto_de_venta, issuer.trade_address, issuer.ingresos_brutos,
  issuer.activity_start_date
FROM jobs AS job
JOIN customers AS customer
  ON customer.organization_id = job.organization_id AND customer.id = job.customer_id
JOIN organizations AS issuer ON issuer.organization_id = job.organization_id
WHERE job.organization_id = %(organization_id)s::uuid AND job.id = %(id)s::uuid
  AND job.created_at = uuid_extract_timestamp(%(id)s::uuid)
"""


def billable_job_from_row(job_id: JobId, row: TupleRow) -> BillableJob:
    """Return the job in a row of BILLABLE_JOB."""
    (
        number, description, price_minor, price_currency, price_lines, completed_at, customer_id,
        display_name, condicion_iva_receptor, document_type, document_number, address,
        *profile,
    ) = row  # fmt: skip
    return BillableJob(
        job_id=job_id,
        number=number,
        description=description,
        price=Money(price_minor, price_currency),
        completed_at=completed_at,
        customer_id=CustomerId(customer_id),
        receiver=Receiver(
            display_name=display_name,
            condicion_iva=CondicionIvaReceptor[condicion_iva_receptor],
            document_type=document_type_from_column(document_type),
            document_number=document_number or "",
            address=address_from_json(address),
        ),
        issuer=_issuer_from_columns(profile),
        lines=tuple(map(_invoice_line, price_lines_from_json(price_lines))),
    )


def _invoice_line(line: PriceLine) -> InvoiceLine:
    return InvoiceLine(
        description=line.description,
        quantity_thousandths=line.quantity_thousandths,
        unit_price_minor=line.unit_price.minor,
        iva_rate=line.iva_rate,
        total_minor=line.total.minor,
    )


def _issuer_from_columns(profile: list[Any]) -> Issuer | None:
    (
        cuit, legal_name, condicion_iva, punto_de_venta, trade_address, ingresos_brutos,
        activity_start_date,
    ) = profile  # fmt: skip
    address = address_from_json(trade_address)
    if address is None:
        return None
    return Issuer(
        cuit=cuit,
        legal_name=legal_name,
        condicion_iva=CondicionIva(condicion_iva),
        punto_de_venta=punto_de_venta,
        trade_address=address,
        ingresos_brutos=ingresos_brutos or "",
        activity_start_date=activity_start_date,
    )
