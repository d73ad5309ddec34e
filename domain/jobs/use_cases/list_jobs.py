"""Somebody looks through the jobs, newest first."""

from dataclasses import replace

from domain.commands import Actor
from domain.identifiers import OrganizationId
from domain.jobs.job import Job
from domain.jobs.ports import JobFilter, JobStore
from domain.pages import Page, PageRequest


async def list_jobs(
    store: JobStore,
    actor: Actor,
    *,
    organization_id: OrganizationId,
    wanted: JobFilter,
    page: PageRequest,
) -> Page[Job]:
    """Return a page of jobs; a technician sees those assigned to them, whatever they ask for."""
    if actor.is_dispatching:
        return await store.list(organization_id, wanted, page)
    if actor.member_id is None or wanted.technician_id not in (None, actor.member_id):
        return Page(items=())
    return await store.list(organization_id, replace(wanted, technician_id=actor.member_id), page)
