"""What proofs of jobs need from outside, beside the jobs themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.blobs.ports import BlobStore
from domain.clock import Clock
from domain.identifiers import IdSource
from domain.jobs.job_proof import ProofUpload
from domain.jobs.ports import JobStore


class ForgottenUploads(Protocol):
    """The uploads that nobody confirmed, over all organisations; for the keeper."""

    async def forgotten(self, limit: int) -> Sequence[ProofUpload]:
        """Return uploads older than a day by the database's clock, the oldest first."""
        ...

    async def forget(self, uploads: Sequence[ProofUpload]) -> None:
        """Delete these uploads; their blobs must be gone already."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPorts:
    """All that the use cases of proofs work with."""

    jobs: JobStore
    blobs: BlobStore
    clock: Clock
    ids: IdSource
