"""Photos and signatures of jobs as the contract says them."""

from campotech.jobs.v1 import job_pb2, jobs_pb2
from domain.blobs.blob import BlobContent, ContentType
from domain.identifiers import JobId, OrganizationId
from domain.jobs.job_proof import JobProof, ProofKind
from domain.jobs.use_cases.create_job_proof_upload import CreateJobProofUpload, OfferedUpload
from domain.jobs.use_cases.list_job_proofs import LinkedProof
from server.resource_names import JOB_PROOFS, JOBS
from server.timestamps import timestamp_to_proto

KINDS = {kind: job_pb2.Job.ProofKind.Value(f"PROOF_KIND_{kind}") for kind in ProofKind}
_KINDS_BY_NUMBER = {number: kind for kind, number in KINDS.items()}


def upload_from_proto(
    request: jobs_pb2.CreateJobProofUploadRequest, organization_id: OrganizationId
) -> CreateJobProofUpload:
    """Read what is to be uploaded."""
    return CreateJobProofUpload(
        job_id=JOBS.parse(request.parent, within=organization_id, field="parent"),
        kind=_KINDS_BY_NUMBER[request.kind],
        content_type=ContentType(request.content_type),
        content=BlobContent(size_bytes=request.size_bytes, sha256=request.sha256),
    )


def offer_to_proto(
    offer: OfferedUpload, organization_id: OrganizationId, job_id: JobId
) -> jobs_pb2.CreateJobProofUploadResponse:
    """Print where the bytes go."""
    name = JOB_PROOFS.name(organization_id, job_id, offer.proof_id)
    if offer.link is None:
        return jobs_pb2.CreateJobProofUploadResponse(proof=name)
    return jobs_pb2.CreateJobProofUploadResponse(
        proof=name,
        upload_uri=offer.link.url,
        upload_headers=offer.link.headers,
        upload_expire_time=timestamp_to_proto(offer.link.expires_at),
    )


def proof_to_proto(
    proof: JobProof, organization_id: OrganizationId, job_id: JobId
) -> job_pb2.Job.Proof:
    """Print a proof, without a link to it."""
    return job_pb2.Job.Proof(
        name=JOB_PROOFS.name(organization_id, job_id, proof.id),
        kind=KINDS[proof.kind],
        content_type=proof.content_type.value,
        size_bytes=proof.content.size_bytes,
        sha256=proof.content.sha256,
        author=proof.author,
        create_time=timestamp_to_proto(proof.confirmed_at),
    )


def linked_proof_to_proto(
    linked: LinkedProof, organization_id: OrganizationId, job_id: JobId
) -> job_pb2.Job.Proof:
    """Print a proof and the link to its picture."""
    printed = proof_to_proto(linked.proof, organization_id, job_id)
    printed.download_uri = linked.link.url
    printed.download_expire_time.FromDatetime(linked.link.expires_at)
    return printed
