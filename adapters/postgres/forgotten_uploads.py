"""Uploads that nobody confirmed, over all tenants, for the keeper."""

from collections.abc import Sequence

from adapters.postgres.pools import Pool, connection_from
from adapters.postgres.proof_upload_rows import COLUMNS, upload_from_row
from domain.jobs.job_proof import ProofUpload

_FORGOTTEN = f"""
SELECT {COLUMNS} FROM job_proof_uploads
WHERE created_at < now() - interval '24 hours' ORDER BY created_at LIMIT %(limit)s
"""
_FORGET = """
DELETE FROM job_proof_uploads USING
  unnest(%(organization_ids)s::uuid[], %(job_ids)s::uuid[], %(ids)s::uuid[])
    AS forgotten (organization_id, job_id, id)
WHERE job_proof_uploads.organization_id = forgotten.organization_id
  AND job_proof_uploads.job_id = forgotten.job_id AND job_proof_uploads.id = forgotten.id
"""


class PostgresForgottenUploads:
    """The domain's ForgottenUploads, as the system role."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def forgotten(self, limit: int) -> Sequence[ProofUpload]:
        async with connection_from(self._pool) as connection:
            cursor = await connection.execute(_FORGOTTEN.encode(), {"limit": limit})
            return [upload_from_row(row) for row in await cursor.fetchall()]

    async def forget(self, uploads: Sequence[ProofUpload]) -> None:
        keys = {
            "organization_ids": [upload.organization_id for upload in uploads],
            "job_ids": [upload.job_id for upload in uploads],
            "ids": [upload.id for upload in uploads],
        }
        async with connection_from(self._pool) as connection:
            await connection.execute(_FORGET, keys)
