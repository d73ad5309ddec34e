"""Proof of work: photos and signatures of jobs."""

import hashlib

from campotech.jobs.v1 import jobs_pb2, jobs_pb2_grpc
from campotech.jobs.v1.job_pb2 import Job
from campotech_client.connection import Connection, new_request_id
from campotech_client.listings import Listing, Page
from campotech_client.transfers import transfer


class ProofsClient:
    """Adds photos and signatures to jobs, and reads them.

    `add` does all there is to do. Whoever uploads in the background does the three steps on their
    own: `create_upload`, a PUT to its link, `confirm`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = jobs_pb2_grpc.JobServiceStub(connection.channel)

    async def add(
        self,
        job: str,
        *,
        kind: Job.ProofKind.ValueType,
        picture: bytes,
        content_type: str = "image/jpeg",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Job:
        """Upload a picture and make it part of a job, also of a closed one.

        Raises NotFoundError (JOB_NOT_FOUND), PermissionDeniedError (JOB_OF_ANOTHER_TECHNICIAN),
        PreconditionError (JOB_PROOFS_FULL), InvalidInputError. `timeout_seconds` is of each step.
        """
        upload = await self.create_upload(
            job,
            kind=kind,
            content_type=content_type,
            size_bytes=len(picture),
            sha256=hashlib.sha256(picture).hexdigest(),
            request_id=request_id,
            timeout_seconds=timeout_seconds,
        )
        # Without a link it is confirmed already, by an earlier try under this request id.
        if upload.upload_uri:
            await transfer(
                "PUT",
                upload.upload_uri,
                headers=upload.upload_headers,
                content=picture,
                retries=self._connection.retries,
                timeout_seconds=timeout_seconds,
            )
        return await self.confirm(upload.proof, timeout_seconds=timeout_seconds)

    async def create_upload(
        self,
        job: str,
        *,
        kind: Job.ProofKind.ValueType,
        content_type: str,
        size_bytes: int,
        sha256: str,
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> jobs_pb2.CreateJobProofUploadResponse:
        """Announce a picture; return the name it gets and the link to which it goes."""
        request = jobs_pb2.CreateJobProofUploadRequest(
            parent=job,
            kind=kind,
            content_type=content_type,
            size_bytes=size_bytes,
            sha256=sha256,
            request_id=request_id or new_request_id(),
        )
        return await self._connection.call(
            self._stub.CreateJobProofUpload, request, timeout_seconds=timeout_seconds
        )

    async def confirm(
        self, name: str, *, request_id: str | None = None, timeout_seconds: float | None = None
    ) -> Job:
        """Make a picture that was uploaded part of its job, within 12 hours.

        Raises NotFoundError (JOB_PROOF_NOT_FOUND), PreconditionError (JOB_PROOF_NOT_UPLOADED).
        """
        request = jobs_pb2.ConfirmJobProofRequest(
            name=name, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.ConfirmJobProof, request, timeout_seconds=timeout_seconds
        )
        return response.job

    def list(
        self, job: str, *, page_size: int = 0, timeout_seconds: float | None = None
    ) -> Listing[Job.Proof]:
        """List the proofs of a job, the newest first, each with a link that ends in time."""

        async def fetch(page_token: str) -> Page[Job.Proof]:
            response = await self._connection.call(
                self._stub.ListJobProofs,
                jobs_pb2.ListJobProofsRequest(
                    parent=job, page_size=page_size, page_token=page_token
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.proofs, response.next_page_token)

        return Listing(fetch)

    async def download(self, proof: Job.Proof, *, timeout_seconds: float | None = None) -> bytes:
        """Return the picture of a proof that `list` gave.

        Raises PermissionDeniedError (LINK_EXPIRED): list them again.
        """
        return await transfer(
            "GET",
            proof.download_uri,
            retries=self._connection.retries,
            timeout_seconds=timeout_seconds,
        )
