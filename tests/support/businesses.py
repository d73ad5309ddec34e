"""Whole businesses, made through the API as their owners would make them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from campotech.directory.v1 import member_pb2
from campotech.directory.v1.member_pb2 import Member
from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from domain.commands import Role
from domain.identifiers import OrganizationId
from tests.support.job_steps import ASSIGN, CANCEL, PAUSE, STRAIGHT_DAY, JobStep
from tests.support.requests import (
    creating_customer,
    creating_job,
    creating_member,
    creating_organization,
)
from tests.support.rpc import Api, Caller

ROLES: Mapping[Role, member_pb2.Member.Role.ValueType] = {
    Role.OWNER: Member.ROLE_OWNER,
    Role.DISPATCHER: Member.ROLE_DISPATCHER,
    Role.TECHNICIAN: Member.ROLE_TECHNICIAN,
}


def id_in(name: str) -> UUID:
    """Return the last id in a resource name."""
    return UUID(name.rpartition("/")[2])


def short(name: str) -> str:
    """Return a name without its organisation: `jobs/{job}`."""
    return "/".join(name.split("/")[2:])


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member and the app in their hands."""

    name: str
    app: Caller


@dataclass(frozen=True, slots=True)
class Business:
    """An organisation with its people and a customer."""

    api: Api
    name: str
    owner: Colleague
    dispatcher: Colleague
    technician: Colleague
    customer: str

    @property
    def id(self) -> OrganizationId:
        return OrganizationId(id_in(self.name))

    @property
    def office(self) -> Caller:
        return self.dispatcher.app

    async def hire(self, *roles: Role, **particular: Any) -> Colleague:
        """Take in another member."""
        return await _hire(self.api, self.owner.app, self.id, *roles, **particular)

    async def job(self, **particular: Any) -> Job:
        """Return a new job, PENDING."""
        customer = particular.pop("customer", self.customer)
        answer = await self.office.jobs.CreateJob(creating_job(customer, **particular))
        return answer.job

    async def read(self, job: str) -> Job:
        """Return a job as it is now."""
        return (await self.office.jobs.GetJob(jobs_pb2.GetJobRequest(name=job))).job

    async def job_in(self, state: "Job.State.ValueType") -> Job:
        """Return a job that has come this far; from ASSIGNED on it is the technician's."""
        if state == Job.STATE_PAUSED:
            begun = await self.job_in(PAUSE.leaves)
            return await self.move(begun.name, PAUSE, by=self.technician.app)
        job = await self.job()
        if state == Job.STATE_CANCELLED:
            return await self.move(job.name, CANCEL)
        if state >= ASSIGN.reaches:
            job = await self.move(job.name, ASSIGN)
        for step in STRAIGHT_DAY:
            if state >= step.reaches:
                job = await self.move(job.name, step, by=self.technician.app)
        return job

    async def move(
        self, job: str, step: JobStep, *, by: Caller | None = None, **particular: Any
    ) -> Job:
        """Take a step of a job's day, from the office unless somebody else is named."""
        if step is ASSIGN:
            particular.setdefault("technician", self.technician.name)
        return await step.take(by or self.office, job, **particular)


async def a_business(api: Api, **particular: Any) -> Business:
    """Return a business of a test's own."""
    created = await api.admin().directory.CreateOrganization(creating_organization(**particular))
    organization_id = OrganizationId(id_in(created.organization.name))
    founder = api.caller(Role.OWNER, organization_id=organization_id)
    owner = await _hire(api, founder, organization_id, Role.OWNER)
    customer = await owner.app.directory.CreateCustomer(creating_customer())
    return Business(
        api=api,
        name=created.organization.name,
        owner=owner,
        dispatcher=await _hire(api, owner.app, organization_id, Role.DISPATCHER),
        technician=await _hire(api, owner.app, organization_id, Role.TECHNICIAN),
        customer=customer.customer.name,
    )


async def _hire(
    api: Api, owner: Caller, organization_id: OrganizationId, *roles: Role, **particular: Any
) -> Colleague:
    request = creating_member(*(ROLES[role] for role in roles), **particular)
    member = (await owner.directory.CreateMember(request)).member
    app = api.caller(*roles, organization_id=organization_id, subject=member.subject)
    return Colleague(member.name, app)
