"""Proof of work: photos and signatures that show what was done, and never change."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.blobs.blob import BlobCollection, BlobContent, BlobKey, ContentType
from domain.errors import PreconditionError
from domain.identifiers import JobId, JobProofId, OrganizationId

MOST_PROOFS = 40
"""Of one job, those included that wait and may still be confirmed."""

CONFIRMED_WITHIN = timedelta(hours=12)
"""Half of what the keeper waits before it deletes an upload: it never deletes what is confirmed at
that moment, however far apart the clocks of two machines are."""

OFFERED_AGAIN_WITHIN = CONFIRMED_WITHIN / 2
"""A picture that is announced again after this waits anew: there is always time to confirm it."""


class ProofKind(StrEnum):
    PHOTO = "PHOTO"
    SIGNATURE = "SIGNATURE"


class ProofsFullError(PreconditionError):
    reason = "JOB_PROOFS_FULL"

    def __init__(self) -> None:
        super().__init__(
            f"A job has {MOST_PROOFS} photos and signatures at most.", largest_count=MOST_PROOFS
        )


class ProofNotUploadedError(PreconditionError):
    reason = "JOB_PROOF_NOT_UPLOADED"

    def __init__(self, proof_id: JobProofId) -> None:
        super().__init__("Nothing was uploaded for this proof.", proof=proof_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProof:
    """A picture that belongs to a job; `author` is the subject of whoever uploaded it."""

    id: JobProofId
    kind: ProofKind
    content_type: ContentType
    content: BlobContent
    author: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofUpload:
    """A picture that was announced and is not part of its job yet."""

    id: JobProofId
    organization_id: OrganizationId
    job_id: JobId
    kind: ProofKind
    content_type: ContentType
    content: BlobContent
    author: str
    created_at: datetime

    @property
    def key(self) -> BlobKey:
        return key_of_proof(self.organization_id, self.id, self.content_type)

    def may_be_confirmed(self, at: datetime) -> bool:
        """Whether it is not too late."""
        return at - self.created_at < CONFIRMED_WITHIN

    def confirmed(self, at: datetime) -> JobProof:
        return JobProof(
            id=self.id,
            kind=self.kind,
            content_type=self.content_type,
            content=self.content,
            author=self.author,
            confirmed_at=at,
        )


def key_of_proof(
    organization_id: OrganizationId, proof_id: JobProofId, content_type: ContentType
) -> BlobKey:
    """Return where the picture lies."""
    return BlobKey(
        organization_id=organization_id,
        collection=BlobCollection.JOB_PROOFS,
        blob_id=proof_id,
        content_type=content_type,
    )
