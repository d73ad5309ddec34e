"""Photos of jobs, announced, uploaded and confirmed over a real channel and without a network."""

from typing import Any

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from tests.support.blob_builders import A_PHOTO, content_of
from tests.support.businesses import Business
from tests.support.rpc import Caller


def announcing(
    job: str, picture: bytes = A_PHOTO, **particular: Any
) -> jobs_pb2.CreateJobProofUploadRequest:
    content = content_of(picture)
    values: dict[str, Any] = {
        "parent": job,
        "kind": Job.PROOF_KIND_PHOTO,
        "content_type": "image/jpeg",
        "size_bytes": content.size_bytes,
        "sha256": content.sha256,
        **particular,
    }
    return jobs_pb2.CreateJobProofUploadRequest(**values)


async def uploaded(
    business: Business, offer: jobs_pb2.CreateJobProofUploadResponse, picture: bytes = A_PHOTO
) -> int:
    """PUT a picture to an announced link; return the HTTP status."""
    assert business.api.blobs is not None
    async with business.api.blobs.client() as http:
        answer = await http.put(
            offer.upload_uri, content=picture, headers=dict(offer.upload_headers)
        )
    return answer.status_code


async def downloaded(business: Business, proof: Job.Proof) -> bytes:
    """GET the picture of a listed proof."""
    assert business.api.blobs is not None
    async with business.api.blobs.client() as http:
        return (await http.get(proof.download_uri)).content


async def confirmed(caller: Caller, proof: str, **particular: Any) -> Job:
    request = jobs_pb2.ConfirmJobProofRequest(name=proof, **particular)
    return (await caller.jobs.ConfirmJobProof(request)).job


async def proven(business: Business, job: str, picture: bytes = A_PHOTO) -> Job:
    """Return a job with one photo more."""
    offer = await business.office.jobs.CreateJobProofUpload(announcing(job, picture))
    await uploaded(business, offer, picture)
    return await confirmed(business.office, offer.proof)


async def proofs_of(caller: Caller, job: str) -> list[Job.Proof]:
    answer = await caller.jobs.ListJobProofs(jobs_pb2.ListJobProofsRequest(parent=job))
    return list(answer.proofs)
