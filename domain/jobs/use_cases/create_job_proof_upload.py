"""Somebody announces a photo or a signature, and is told where its bytes go."""

from dataclasses import dataclass
from datetime import datetime

from domain.blobs.blob import BlobContent, ContentType, UploadLink
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import JobId, JobProofId, birth_time
from domain.jobs.job import Job
from domain.jobs.job_proof import (
    CONFIRMED_WITHIN,
    MOST_PROOFS,
    OFFERED_AGAIN_WITHIN,
    ProofKind,
    ProofsFullError,
    ProofUpload,
)
from domain.jobs.ports import JobTransaction
from domain.jobs.proof_ports import ProofPorts

UPLOAD_CREATED = "job_proof_upload_created"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateJobProofUpload:
    job_id: JobId
    kind: ProofKind
    content_type: ContentType
    content: BlobContent


@dataclass(frozen=True, slots=True)
class OfferedUpload:
    """Under which id the proof is confirmed; no link leads to one that is confirmed already."""

    proof_id: JobProofId
    link: UploadLink | None


async def create_job_proof_upload(
    ports: ProofPorts, *, context: CommandContext, command: CreateJobProofUpload
) -> OfferedUpload:
    """Let an upload wait for its confirmation; a repeat gives another link to the same one.

    So does the same picture again, under whatever request id: whoever lost the answer and the id
    with it does not use up what a job may have.

    Raises NotFoundError, NotYourJobError, ProofsFullError, BlobStoreUnavailableError.
    """
    announced = _announced(context, command, JobProofId(ports.ids.new_id()))
    now = ports.clock.now()
    async with ports.jobs.transaction(context) as transaction:
        job = await transaction.job(command.job_id)
        job.check_movable_by(context.actor)
        alike = await transaction.proof_upload_like(
            announced, announced_after=now - OFFERED_AGAIN_WITHIN
        )
        upload = alike or announced
        first = await transaction.claim(command, upload.id)
        if first is not None and job.has_proof(JobProofId(first)):
            return OfferedUpload(JobProofId(first), None)
        if first is not None:
            upload = await _waiting(transaction, job, JobProofId(first), now)
        elif alike is None:
            await _add(transaction, job, announced, now)
    return OfferedUpload(upload.id, await ports.blobs.upload_link(upload.key, upload.content))


def _announced(
    context: CommandContext, command: CreateJobProofUpload, proof_id: JobProofId
) -> ProofUpload:
    return ProofUpload(
        id=proof_id,
        organization_id=context.organization_id,
        job_id=command.job_id,
        kind=command.kind,
        content_type=command.content_type,
        content=command.content,
        author=context.actor.subject,
        created_at=birth_time(proof_id),
    )


async def _add(transaction: JobTransaction, job: Job, upload: ProofUpload, now: datetime) -> None:
    waiting = await transaction.count_proof_uploads(job.id, announced_after=now - CONFIRMED_WITHIN)
    if len(job.proofs) + waiting >= MOST_PROOFS:
        raise ProofsFullError
    await transaction.add_proof_upload(upload)
    transaction.audit(UPLOAD_CREATED, job.id, proof=str(upload.id), kind=upload.kind)


async def _waiting(
    transaction: JobTransaction, job: Job, proof_id: JobProofId, now: datetime
) -> ProofUpload:
    """Return an upload that may still be confirmed; raise NotFoundError."""
    upload = await transaction.proof_upload(job.id, proof_id)
    if upload is None or not upload.may_be_confirmed(now):
        raise NotFoundError("job_proof", proof_id)
    return upload
