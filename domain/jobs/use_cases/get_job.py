"""Somebody looks at one job."""

from domain.commands import Actor
from domain.errors import NotFoundError
from domain.identifiers import JobId, OrganizationId
from domain.jobs.job import Job
from domain.jobs.ports import JobStore


async def get_job(
    store: JobStore, actor: Actor, organization_id: OrganizationId, job_id: JobId
) -> Job:
    """Return a job; one that a technician was not given does not exist for them."""
    job = await store.get(organization_id, job_id)
    if not job.is_open_to(actor):
        raise NotFoundError("job", job_id)
    return job
