"""Somebody announces a photo or a signature, and is told where its bytes go."""

from dataclasses import dataclass

from domain.blobs.blob import BlobContent, ContentType, UploadLink
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import JobId, JobProofId, birth_time
from domain.jobs.job import Job
from domain.jobs.job_proof import MOST_PROOFS, ProofKind, ProofsFullError, ProofUpload
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

    Raises NotFoundError, NotYourJobError, ProofsFullError, BlobStoreUnavailableError.
    """
    proof_id = JobProofId(ports.ids.new_id())
    async with ports.jobs.transaction(context) as transaction:
        job = await transaction.job(command.job_id)
        job.check_movable_by(context.actor)
        first = await transaction.claim(command, proof_id)
        if first is None:
            upload = await _add_upload(transaction, job, context, command, proof_id=proof_id)
        elif job.has_proof(JobProofId(first)):
            return OfferedUpload(JobProofId(first), None)
        else:
            upload = await _waiting(ports, transaction, job, JobProofId(first))
    return OfferedUpload(upload.id, await ports.blobs.upload_link(upload.key, upload.content))


async def _add_upload(
    transaction: JobTransaction,
    job: Job,
    context: CommandContext,
    command: CreateJobProofUpload,
    *,
    proof_id: JobProofId,
) -> ProofUpload:
    if len(job.proofs) + await transaction.count_proof_uploads(job.id) >= MOST_PROOFS:
        raise ProofsFullError
    upload = ProofUpload(
        id=proof_id,
        organization_id=job.organization_id,
        job_id=job.id,
        kind=command.kind,
        content_type=command.content_type,
        content=command.content,
        author=context.actor.subject,
        created_at=birth_time(proof_id),
    )
    await transaction.add_proof_upload(upload)
    transaction.audit(UPLOAD_CREATED, job.id, proof=str(proof_id), kind=command.kind)
    return upload


async def _waiting(
    ports: ProofPorts, transaction: JobTransaction, job: Job, proof_id: JobProofId
) -> ProofUpload:
    """Return an upload that may still be confirmed; raise NotFoundError."""
    upload = await transaction.proof_upload(job.id, proof_id)
    if upload is None or not upload.may_be_confirmed(ports.clock.now()):
        raise NotFoundError("job_proof", proof_id)
    return upload
