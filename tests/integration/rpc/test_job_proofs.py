"""Photos and signatures over a real channel: what a phone does, and each of its refusals."""

from uuid import uuid4

import grpc
import pytest

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job, JobEvent
from domain.commands import Role
from domain.jobs.job_proof import MOST_PROOFS
from tests.support.blob_builders import A_PHOTO
from tests.support.businesses import Business, short
from tests.support.clocks import new_id
from tests.support.job_watch import JobWatch
from tests.support.proofs import (
    announcing,
    confirmed,
    downloaded,
    proofs_of,
    proven,
    uploaded,
)
from tests.support.refusals import refused

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_what_a_technician_uploads_the_office_reads(business: Business) -> None:
    job, van = await business.job_in(Job.STATE_IN_PROGRESS), business.technician.app
    request = announcing(short(job.name), kind=Job.PROOF_KIND_SIGNATURE, content_type="image/png")

    offer = await van.jobs.CreateJobProofUpload(request)
    status = await uploaded(business, offer)
    after = await confirmed(van, offer.proof)

    (proof,) = await proofs_of(business.office, job.name)
    assert status == 201
    assert offer.proof.startswith(f"{job.name}/proofs/")
    assert (proof.name, proof.kind) == (offer.proof, Job.PROOF_KIND_SIGNATURE)
    assert (proof.content_type, proof.size_bytes, proof.sha256) == (
        "image/png",
        len(A_PHOTO),
        request.sha256,
    )
    assert proof.author == business.technician.name.rpartition("/")[2]
    assert proof.create_time == after.update_time
    assert await downloaded(business, proof) == A_PHOTO


async def test_a_job_tells_its_proofs_without_links_and_a_list_of_jobs_without_proofs(
    business: Business,
) -> None:
    job = await business.job()

    after = await proven(business, job.name)

    read = await business.read(job.name)
    listed = (await business.office.jobs.ListJobs(jobs_pb2.ListJobsRequest())).jobs[0]
    assert read == after
    assert after.etag != job.etag
    assert [bool(proof.download_uri) for proof in read.proofs] == [False]
    assert list(listed.proofs) == []


async def test_watchers_are_told_of_a_proof(business: Business) -> None:
    job = await business.job()
    watch = JobWatch(business.office)
    await watch.begin()

    after = await proven(business, job.name)

    event = await watch.event()
    assert (event.type, event.job) == (JobEvent.TYPE_PROOF_ADDED, after)


async def test_a_repeat_has_no_second_effect(business: Business) -> None:
    job = await business.job()
    request = announcing(job.name, request_id=str(uuid4()))

    first = await business.office.jobs.CreateJobProofUpload(request)
    again = await business.office.jobs.CreateJobProofUpload(request)
    await uploaded(business, again)
    confirming = str(uuid4())
    after = await confirmed(business.office, first.proof, request_id=confirming)
    repeated = await confirmed(business.office, first.proof, request_id=confirming)
    late = await business.office.jobs.CreateJobProofUpload(request)

    assert again.proof == first.proof
    assert repeated == after
    assert len(after.proofs) == 1
    assert (late.proof, late.upload_uri) == (first.proof, "")


async def test_the_same_picture_under_another_request_id_is_the_one_that_waits(
    business: Business,
) -> None:
    job = await business.job()

    first, again = [
        await business.office.jobs.CreateJobProofUpload(
            announcing(job.name, request_id=str(uuid4()))
        )
        for _ in range(2)
    ]
    await uploaded(business, again)

    assert again.proof == first.proof
    assert len((await confirmed(business.office, first.proof)).proofs) == 1


async def test_proofs_come_in_pages(business: Business) -> None:
    job = await business.job()
    names = [
        (await proven(business, job.name, A_PHOTO + bytes([number]))).proofs[-1].name
        for number in range(3)
    ]
    request = jobs_pb2.ListJobProofsRequest(parent=job.name, page_size=2)

    first = await business.office.jobs.ListJobProofs(request)
    request.page_token = first.next_page_token
    second = await business.office.jobs.ListJobProofs(request)

    assert [proof.name for proof in (*first.proofs, *second.proofs)] == names[::-1]
    assert second.next_page_token == ""


async def test_what_was_not_uploaded_is_not_confirmed(business: Business) -> None:
    job = await business.job()
    offer = await business.office.jobs.CreateJobProofUpload(announcing(job.name))

    refusal = await refused(confirmed(business.office, offer.proof))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "JOB_PROOF_NOT_UPLOADED",
    )
    assert (await business.read(job.name)) == job


async def test_what_was_not_announced_does_not_exist(business: Business) -> None:
    job, other = await business.job(), await business.job()
    offer = await business.office.jobs.CreateJobProofUpload(announcing(other.name))
    proof = offer.proof.rpartition("/")[2]

    refusals = [
        await refused(confirmed(business.office, f"{job.name}/proofs/{name}"))
        for name in (new_id(), proof)
    ]

    assert {refusal.reason for refusal in refusals} == {"JOB_PROOF_NOT_FOUND"}


async def test_a_technician_proves_their_own_jobs_alone(business: Business) -> None:
    job = await business.job_in(Job.STATE_ASSIGNED)
    offer = await business.office.jobs.CreateJobProofUpload(announcing(job.name))
    other = (await business.hire(Role.TECHNICIAN)).app

    refusals = [
        await refused(other.jobs.CreateJobProofUpload(announcing(job.name))),
        await refused(confirmed(other, offer.proof)),
        await refused(proofs_of(other, job.name)),
    ]

    assert [refusal.reason for refusal in refusals] == [
        "JOB_OF_ANOTHER_TECHNICIAN",
        "JOB_OF_ANOTHER_TECHNICIAN",
        "JOB_NOT_FOUND",
    ]


async def test_a_job_that_does_not_exist_has_no_proofs(business: Business) -> None:
    nowhere = f"jobs/{new_id()}"

    refusals = [
        await refused(business.office.jobs.CreateJobProofUpload(announcing(nowhere))),
        await refused(confirmed(business.office, f"{nowhere}/proofs/{new_id()}")),
        await refused(proofs_of(business.office, nowhere)),
    ]

    assert {refusal.reason for refusal in refusals} == {"JOB_NOT_FOUND"}


async def test_a_job_has_no_more_proofs_than_it_may(business: Business) -> None:
    job = await business.job()
    for number in range(MOST_PROOFS):
        picture = A_PHOTO + bytes([number])
        await business.office.jobs.CreateJobProofUpload(announcing(job.name, picture))

    refusal = await refused(business.office.jobs.CreateJobProofUpload(announcing(job.name)))

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "JOB_PROOFS_FULL",
    )
    assert refusal.info.metadata["largest_count"] == str(MOST_PROOFS)
