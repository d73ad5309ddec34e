"""Jobs as rows: the one place that knows which column holds what."""

from psycopg.rows import TupleRow

from adapters.postgres.job_details import (
    notes_from_json,
    notes_to_json,
    pauses_from_json,
    pauses_to_json,
    price_lines_from_json,
    price_lines_to_json,
    proofs_from_json,
    proofs_to_json,
)
from domain.addresses import Address, Coordinates
from domain.identifiers import CustomerId, JobId, MemberId, OrganizationId
from domain.jobs.job import CancelReason, Job
from domain.jobs.job_state import JobState
from domain.jobs.schedule import Schedule
from domain.jobs.visit import VisitTimes
from domain.money import Money

_NAMES = (
    "organization_id", "id", "created_at", "number", "state", "customer_id", "technician_id",
    "description", "street_address", "locality", "province", "postal_code", "latitude_e7",
    "longitude_e7", "scheduled_start_at", "scheduled_end_at", "price_minor", "price_currency",
    "work_summary", "en_route_at", "arrived_at", "started_at", "completed_at", "cancelled_at",
    "cancel_reason", "cancel_note", "version", "updated_at", "pauses",
    "price_lines", "notes", "proofs",
)  # fmt: skip
_FIXED = frozenset({"organization_id", "id", "created_at", "number", "customer_id"})

COLUMNS = ", ".join(_NAMES)

INSERT = f"""
INSERT INTO job_numbers (organization_id, number, job_id)
VALUES (%(organization_id)s, %(number)s, %(id)s);
INSERT INTO jobs ({COLUMNS}) VALUES ({", ".join(f"%({name})s" for name in _NAMES)})
"""

UPDATE = f"""
UPDATE jobs SET {", ".join(f"{name} = %({name})s" for name in _NAMES if name not in _FIXED)}
WHERE organization_id = %(organization_id)s::uuid AND id = %(id)s::uuid
  AND created_at = uuid_extract_timestamp(%(id)s::uuid)
"""


def row_from_job(job: Job) -> dict[str, object]:
    """Return the columns of a job, ready to bind."""
    place = job.service_address.coordinates
    return {
        "organization_id": job.organization_id,
        "id": job.id,
        "created_at": job.created_at,
        "number": job.number,
        "state": job.state.value,
        "customer_id": job.customer_id,
        "technician_id": job.technician_id,
        "description": job.description,
        "street_address": job.service_address.street_address,
        "locality": job.service_address.locality,
        "province": job.service_address.province,
        "postal_code": job.service_address.postal_code,
        "latitude_e7": place.latitude_e7 if place else None,
        "longitude_e7": place.longitude_e7 if place else None,
        "scheduled_start_at": job.schedule.starts_at,
        "scheduled_end_at": job.schedule.ends_at,
        "price_minor": job.price.minor,
        "price_currency": job.price.currency,
        "work_summary": job.work_summary,
        "en_route_at": job.times.en_route_at,
        "arrived_at": job.times.arrived_at,
        "started_at": job.times.started_at,
        "completed_at": job.times.completed_at,
        "cancelled_at": job.times.cancelled_at,
        "cancel_reason": job.cancel_reason.value if job.cancel_reason else None,
        "cancel_note": job.cancel_note,
        "version": job.version,
        "updated_at": job.updated_at,
        "pauses": pauses_to_json(job.times.pauses),
        "price_lines": price_lines_to_json(job.price_lines),
        "notes": notes_to_json(job.notes),
        "proofs": proofs_to_json(job.proofs),
    }


def job_from_row(row: TupleRow) -> Job:
    """Return the job in a row of COLUMNS."""
    (
        organization_id, job_id, created_at, number, state, customer_id, technician_id,
        description, street_address, locality, province, postal_code, latitude_e7,
        longitude_e7, scheduled_start_at, scheduled_end_at, price_minor, price_currency,
        work_summary, en_route_at, arrived_at, started_at, completed_at, cancelled_at,
        cancel_reason, cancel_note, version, updated_at, pauses, price_lines, notes,
        proofs,
    ) = row  # fmt: skip
    return Job(
        id=JobId(job_id),
        organization_id=OrganizationId(organization_id),
        number=number,
        state=JobState(state),
        customer_id=CustomerId(customer_id),
        technician_id=MemberId(technician_id) if technician_id else None,
        description=description,
        service_address=Address(
            street_address=street_address,
            locality=locality,
            province=province,
            postal_code=postal_code,
            coordinates=None if latitude_e7 is None else Coordinates(latitude_e7, longitude_e7),
        ),
        schedule=Schedule(starts_at=scheduled_start_at, ends_at=scheduled_end_at),
        price=Money(price_minor, price_currency),
        work_summary=work_summary,
        times=VisitTimes(
            en_route_at=en_route_at,
            arrived_at=arrived_at,
            started_at=started_at,
            completed_at=completed_at,
            cancelled_at=cancelled_at,
            pauses=pauses_from_json(pauses),
        ),
        cancel_reason=CancelReason(cancel_reason) if cancel_reason else None,
        cancel_note=cancel_note,
        price_lines=price_lines_from_json(price_lines),
        notes=notes_from_json(notes),
        proofs=proofs_from_json(proofs),
        version=version,
        created_at=created_at,
        updated_at=updated_at,
    )
