"""Uploads of proofs that wait, as rows: the one place that knows which column holds what."""

from psycopg.rows import TupleRow

from domain.blobs.blob import BlobContent, ContentType
from domain.identifiers import JobId, JobProofId, OrganizationId
from domain.jobs.job_proof import ProofKind, ProofUpload

_NAMES = (
    "organization_id", "id", "created_at", "job_id", "kind", "content_type", "size_bytes",
    "sha256", "author",
)  # fmt: skip

COLUMNS = ", ".join(_NAMES)

INSERT = f"""
INSERT INTO job_proof_uploads ({COLUMNS}) VALUES ({", ".join(f"%({name})s" for name in _NAMES)})
"""
DELETE = """
DELETE FROM job_proof_uploads
WHERE organization_id = %(organization_id)s AND job_id = %(job_id)s AND id = %(id)s
"""
ONE_UPLOAD = f"""
SELECT {COLUMNS} FROM job_proof_uploads
WHERE organization_id = %(organization_id)s::uuid AND job_id = %(job_id)s::uuid
  AND id = %(id)s::uuid
"""
# A job has few: the key finds them, and the rest is compared.
UPLOAD_LIKE = f"""
SELECT {COLUMNS} FROM job_proof_uploads
WHERE organization_id = %(organization_id)s AND job_id = %(job_id)s
  AND kind = %(kind)s AND content_type = %(content_type)s AND size_bytes = %(size_bytes)s
  AND sha256 = %(sha256)s AND author = %(author)s AND created_at > %(announced_after)s
ORDER BY id DESC LIMIT 1
"""
COUNT_UPLOADS = """
SELECT count(*) FROM job_proof_uploads
WHERE organization_id = %(organization_id)s AND job_id = %(job_id)s
  AND created_at > %(announced_after)s
"""


def row_from_upload(upload: ProofUpload) -> dict[str, object]:
    """Return the columns of an upload, ready to bind."""
    return {
        "organization_id": upload.organization_id,
        "id": upload.id,
        "created_at": upload.created_at,
        "job_id": upload.job_id,
        "kind": upload.kind.value,
        "content_type": upload.content_type.value,
        "size_bytes": upload.content.size_bytes,
        "sha256": upload.content.sha256,
        "author": upload.author,
    }


def upload_from_row(row: TupleRow) -> ProofUpload:
    """Return the upload in a row of COLUMNS."""
    organization_id, upload_id, created_at, job_id, kind, content_type, size, sha256, author = row
    return ProofUpload(
        id=JobProofId(upload_id),
        organization_id=OrganizationId(organization_id),
        job_id=JobId(job_id),
        kind=ProofKind(kind),
        content_type=ContentType(content_type),
        content=BlobContent(size_bytes=size, sha256=sha256),
        author=author,
        created_at=created_at,
    )
