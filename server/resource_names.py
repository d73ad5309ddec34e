"""The only parser of resource names: `organizations/{organization}/jobs/{job}`, or `jobs/{job}`.

A short name means the caller's own organisation. A long one must name it too: what belongs to
another organisation looks exactly like what does not exist.
"""

import re
from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

from domain.errors import InvalidInputError, NotFoundError
from domain.identifiers import (
    ApiKeyId,
    CustomerId,
    DeviceId,
    InvoiceId,
    JobId,
    JobProofId,
    MemberId,
    MessageId,
    OrganizationId,
    TaskId,
)
from server.caller import Caller

Id = TypeVar("Id", bound=UUID)

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ORGANIZATION = re.compile(f"organizations/({_UUID})")


class MalformedNameError(InvalidInputError):
    """The text is not the name of such a resource, whoever asks."""

    reason = "RESOURCE_NAME_MALFORMED"

    def __init__(self, pattern: str, *, field: str) -> None:
        super().__init__(f"{field} must look like {pattern}.", field=field, pattern=pattern)


class Collection(Generic[Id]):
    """One kind of resource of an organisation: how its names are read and written."""

    def __init__(self, plural: str, kind: str, make_id: Callable[[UUID], Id]) -> None:
        self._plural = plural
        self._kind = kind
        self._make_id = make_id
        self._pattern = re.compile(f"(?:organizations/({_UUID})/)?{plural}/({_UUID})")

    def name(self, organization_id: OrganizationId, resource_id: Id) -> str:
        """Return the full name."""
        return f"organizations/{organization_id}/{self._plural}/{resource_id}"

    def parse(self, name: str, *, within: OrganizationId, field: str = "name") -> Id:
        """Return the id in a name; raise NotFoundError for one of another organisation."""
        organization, resource_id = self._split(name, field)
        if organization is not None and organization != within:
            raise NotFoundError(self._kind, resource_id)
        return resource_id

    def parse_optional(self, name: str, *, within: OrganizationId, field: str) -> Id | None:
        """Return the id in a name, None where the name is empty."""
        return self.parse(name, within=within, field=field) if name else None

    def locate(self, name: str, caller: Caller, field: str = "name") -> tuple[OrganizationId, Id]:
        """Return organisation and id; the platform's admins may name any organisation."""
        organization, resource_id = self._split(name, field)
        if organization is None or organization == caller.organization_id:
            return caller.organization_id, resource_id
        if not caller.is_admin:
            raise NotFoundError(self._kind, resource_id)
        return organization, resource_id

    def _split(self, name: str, field: str) -> tuple[OrganizationId | None, Id]:
        match = self._pattern.fullmatch(name)
        if match is None:
            raise MalformedNameError(f"{self._plural}/{{{self._kind}}}", field=field)
        organization, resource = match.groups()
        return (
            None if organization is None else OrganizationId(UUID(organization)),
            self._make_id(UUID(resource)),
        )


class JobProofNames:
    """The names of proofs, which lie below their jobs."""

    def name(self, organization_id: OrganizationId, job_id: JobId, proof_id: JobProofId) -> str:
        """Return the full name."""
        return f"{JOBS.name(organization_id, job_id)}/proofs/{proof_id}"

    def parse(
        self, name: str, *, within: OrganizationId, field: str = "name"
    ) -> tuple[JobId, JobProofId]:
        """Return the ids in a name; raise NotFoundError for one of another organisation."""
        job, _, proof = name.rpartition("/proofs/")
        if not re.fullmatch(_UUID, proof):
            raise MalformedNameError("jobs/{job}/proofs/{proof}", field=field)
        return JOBS.parse(job, within=within, field=field), JobProofId(UUID(proof))


class Singleton:
    """What an organisation has one of: `organizations/{organization}/arcaConnection`."""

    def __init__(self, segment: str, kind: str) -> None:
        self._segment = segment
        self._kind = kind
        self._pattern = re.compile(f"(?:organizations/({_UUID})/)?{segment}")

    def name(self, organization_id: OrganizationId) -> str:
        """Return the full name."""
        return f"organizations/{organization_id}/{self._segment}"

    def check(self, name: str, *, within: OrganizationId, field: str = "name") -> None:
        """Raise NotFoundError for a name of another organisation's, MalformedNameError for none."""
        match = self._pattern.fullmatch(name)
        if match is None:
            raise MalformedNameError(self._segment, field=field)
        if match.group(1) is not None and UUID(match.group(1)) != within:
            raise NotFoundError(self._kind)


API_KEYS = Collection("apiKeys", "api_key", ApiKeyId)
ARCA_CONNECTION = Singleton("arcaConnection", "arca_connection")
WHATSAPP_CONNECTION = Singleton("whatsAppConnection", "whatsapp_connection")
CUSTOMERS = Collection("customers", "customer", CustomerId)
DEVICES = Collection("devices", "device", DeviceId)
INVOICES = Collection("invoices", "invoice", InvoiceId)
JOBS = Collection("jobs", "job", JobId)
JOB_PROOFS = JobProofNames()
MEMBERS = Collection("members", "member", MemberId)
MESSAGES = Collection("messages", "message", MessageId)
TASKS = Collection("tasks", "task", TaskId)


def organization_name(organization_id: OrganizationId) -> str:
    """Return the full name of an organisation."""
    return f"organizations/{organization_id}"


def parse_organization(name: str, caller: Caller, field: str = "name") -> OrganizationId:
    """Return the organisation in a name: the caller's own, or any for the platform's admins."""
    match = _ORGANIZATION.fullmatch(name)
    if match is None:
        raise MalformedNameError("organizations/{organization}", field=field)
    organization_id = OrganizationId(UUID(match.group(1)))
    if organization_id != caller.organization_id and not caller.is_admin:
        raise NotFoundError("organization", organization_id)
    return organization_id


def parse_parent(parent: str, *, within: OrganizationId, field: str = "parent") -> OrganizationId:
    """Return the organisation of a list or a new resource: the caller's, named or not."""
    if not parent:
        return within
    match = _ORGANIZATION.fullmatch(parent)
    if match is None:
        raise MalformedNameError("organizations/{organization}", field=field)
    organization_id = OrganizationId(UUID(match.group(1)))
    if organization_id != within:
        raise NotFoundError("organization", organization_id)
    return organization_id


def locate_parent(parent: str, caller: Caller, field: str = "parent") -> OrganizationId:
    """Return the organisation of a list; the platform's admins may name any."""
    if not parent:
        return caller.organization_id
    return parse_organization(parent, caller, field)
