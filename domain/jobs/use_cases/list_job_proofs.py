"""Somebody looks at the photos and signatures of a job."""

from dataclasses import dataclass

from domain.blobs.blob import DownloadLink
from domain.commands import Actor
from domain.identifiers import JobId, OrganizationId
from domain.jobs.job_proof import JobProof, key_of_proof
from domain.jobs.proof_ports import ProofPorts
from domain.jobs.use_cases.get_job import get_job
from domain.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class LinkedProof:
    """A proof, and where its picture can be read for a while."""

    proof: JobProof
    link: DownloadLink


async def list_job_proofs(
    ports: ProofPorts,
    actor: Actor,
    *,
    organization_id: OrganizationId,
    job_id: JobId,
    page: PageRequest,
) -> Page[LinkedProof]:
    """Return a page of proofs; a job that a technician was not given does not exist for them.

    Raises NotFoundError, BlobStoreUnavailableError.
    """
    job = await get_job(ports.jobs, actor, organization_id, job_id)
    newest_first = sorted(job.proofs, key=lambda proof: proof.id, reverse=True)
    wanted = [proof for proof in newest_first if page.after is None or proof.id < page.after]
    items = [
        LinkedProof(
            proof,
            await ports.blobs.download_link(
                key_of_proof(organization_id, proof.id, proof.content_type)
            ),
        )
        for proof in wanted[: page.size]
    ]
    return Page(tuple(items), items[-1].proof.id if len(wanted) > page.size else None)
