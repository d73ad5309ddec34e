"""What a job's row holds as JSON: its pauses, its price lines, its notes and its proofs.

A job without any has NULL there, which costs nothing to read.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.blobs.blob import BlobContent, ContentType
from domain.identifiers import JobProofId
from domain.iva import IvaRate
from domain.jobs.job_note import JobNote
from domain.jobs.job_proof import JobProof, ProofKind
from domain.jobs.price_line import PriceLine
from domain.jobs.visit import Pause, PauseReason
from domain.money import Money

Items = Sequence[Mapping[str, Any]] | None  # what psycopg reads from such a column


def pauses_to_json(pauses: Sequence[Pause]) -> str | None:
    """Return pauses as the column holds them."""
    return _json(
        [
            {
                "began_at": pause.began_at.isoformat(),
                "ended_at": pause.ended_at.isoformat() if pause.ended_at else None,
                "reason": pause.reason.value,
                "note": pause.note,
            }
            for pause in pauses
        ]
    )


def pauses_from_json(column: Items) -> tuple[Pause, ...]:
    """Return the pauses in the column."""
    return tuple(
        Pause(
            began_at=datetime.fromisoformat(item["began_at"]),
            ended_at=datetime.fromisoformat(item["ended_at"]) if item["ended_at"] else None,
            reason=PauseReason(item["reason"]),
            note=item["note"],
        )
        for item in column or ()
    )


def price_lines_to_json(lines: Sequence[PriceLine]) -> str | None:
    """Return price lines as the column holds them."""
    return _json(
        [
            {
                "description": line.description,
                "quantity_thousandths": line.quantity_thousandths,
                "unit_price_minor": line.unit_price.minor,
                "currency": line.unit_price.currency,
                "iva_rate": int(line.iva_rate),
            }
            for line in lines
        ]
    )


def price_lines_from_json(column: Items) -> tuple[PriceLine, ...]:
    """Return the price lines in the column."""
    return tuple(
        PriceLine(
            description=item["description"],
            quantity_thousandths=item["quantity_thousandths"],
            unit_price=Money(item["unit_price_minor"], item["currency"]),
            iva_rate=IvaRate(item["iva_rate"]),
        )
        for item in column or ()
    )


def notes_to_json(notes: Sequence[JobNote]) -> str | None:
    """Return notes as the column holds them."""
    return _json(
        [
            {"author": note.author, "written_at": note.written_at.isoformat(), "text": note.text}
            for note in notes
        ]
    )


def notes_from_json(column: Items) -> tuple[JobNote, ...]:
    """Return the notes in the column."""
    return tuple(
        JobNote(
            author=item["author"],
            written_at=datetime.fromisoformat(item["written_at"]),
            text=item["text"],
        )
        for item in column or ()
    )


def proofs_to_json(proofs: Sequence[JobProof]) -> str | None:
    """Return proofs as the column holds them."""
    return _json(
        [
            {
                "id": str(proof.id),
                "kind": proof.kind.value,
                "content_type": proof.content_type.value,
                "size_bytes": proof.content.size_bytes,
                "sha256": proof.content.sha256,
                "author": proof.author,
                "confirmed_at": proof.confirmed_at.isoformat(),
            }
            for proof in proofs
        ]
    )


def proofs_from_json(column: Items) -> tuple[JobProof, ...]:
    """Return the proofs in the column."""
    return tuple(map(_proof, column)) if column else ()


def _proof(item: Mapping[str, Any]) -> JobProof:
    return JobProof(
        id=JobProofId(UUID(item["id"])),
        kind=ProofKind(item["kind"]),
        content_type=ContentType(item["content_type"]),
        content=BlobContent(size_bytes=item["size_bytes"], sha256=item["sha256"]),
        author=item["author"],
        confirmed_at=datetime.fromisoformat(item["confirmed_at"]),
    )


def _json(items: Sequence[Mapping[str, object]]) -> str | None:
    return json.dumps(items) if items else None
