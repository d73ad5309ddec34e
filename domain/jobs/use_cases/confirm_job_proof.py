"""A photo or a signature that was uploaded becomes part of its job."""

from dataclasses import dataclass

from domain.blobs.blob import StoredBlob
from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import JobId, JobProofId
from domain.jobs.events import JobEventType, job_event
from domain.jobs.job import Job
from domain.jobs.job_proof import ProofNotUploadedError, ProofUpload
from domain.jobs.proof_ports import ProofPorts


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmJobProof:
    job_id: JobId
    proof_id: JobProofId


async def confirm_job_proof(
    ports: ProofPorts, *, context: CommandContext, command: ConfirmJobProof
) -> Job:
    """Add a proof to its job, in any state; to confirm what is confirmed has no effect.

    Raises NotFoundError, NotYourJobError, ProofNotUploadedError, BlobStoreUnavailableError.
    """
    await _check_upload(ports, context, command)
    async with ports.jobs.transaction(context) as transaction:
        job = await transaction.job(command.job_id)
        job.check_movable_by(context.actor)
        is_repeat = await transaction.claim(command, job.id) is not None
        if is_repeat or job.has_proof(command.proof_id):
            return job
        upload = await transaction.proof_upload(job.id, command.proof_id)
        now = ports.clock.now()
        if upload is None or not upload.may_be_confirmed(now):
            raise NotFoundError("job_proof", command.proof_id)
        proven = job.with_proof(upload.confirmed(now))
        await transaction.remove_proof_upload(upload)
        await transaction.save(proven)
        transaction.audit(
            JobEventType.PROOF_ADDED, job.id, proof=str(upload.id), sha256=upload.content.sha256
        )
        transaction.publish(job_event(JobEventType.PROOF_ADDED, proven))
    return proven


async def _check_upload(
    ports: ProofPorts, context: CommandContext, command: ConfirmJobProof
) -> None:
    """Raise ProofNotUploadedError if the bytes are not there: the store is asked in no transaction.

    What is there stays as it is, for a key has one content for ever.
    """
    job = await ports.jobs.get(context.organization_id, command.job_id)
    job.check_movable_by(context.actor)
    upload = await ports.jobs.proof_upload(job.organization_id, job.id, command.proof_id)
    # Without an upload it is confirmed already or was never announced, which is told further on.
    if upload is not None and await ports.blobs.find(upload.key) != _announced(upload):
        raise ProofNotUploadedError(upload.id)


def _announced(upload: ProofUpload) -> StoredBlob:
    return StoredBlob(content_type=upload.content_type.value, size_bytes=upload.content.size_bytes)
