from uuid import UUID

import pytest

from domain.commands import Actor, Role
from domain.errors import InvalidInputError, NotFoundError
from domain.identifiers import JobId, JobProofId, OrganizationId
from server.caller import Caller
from server.resource_names import (
    CUSTOMERS,
    JOB_PROOFS,
    JOBS,
    TASKS,
    locate_parent,
    organization_name,
    parse_organization,
    parse_parent,
)
from tests.support.clocks import new_id

OURS = OrganizationId(UUID("019b76da-a800-7000-8000-00000000000a"))
THEIRS = OrganizationId(UUID("019b76da-a800-7000-8000-00000000000b"))
JOB = JobId(UUID("019b76da-a800-7000-8000-0000000000ff"))


def a_caller(*roles: Role, organization_id: OrganizationId = OURS) -> Caller:
    return Caller(
        organization_id=organization_id,
        actor=Actor(subject="somebody", roles=frozenset(roles)),
        expires_at=0,
    )


def test_a_name_that_was_printed_is_read_again() -> None:
    assert JOBS.parse(JOBS.name(OURS, JOB), within=OURS) == JOB


def test_a_short_name_is_one_of_the_callers_own_organisation() -> None:
    assert JOBS.parse(f"jobs/{JOB}", within=OURS) == JOB


def test_a_name_in_another_organisation_looks_like_one_that_does_not_exist() -> None:
    with pytest.raises(NotFoundError) as refusal:
        JOBS.parse(JOBS.name(THEIRS, JOB), within=OURS)

    assert refusal.value.reason == "JOB_NOT_FOUND"
    assert str(THEIRS) not in str(refusal.value.metadata)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "jobs",
        "jobs/",
        "jobs/7",
        f"/jobs/{JOB}",
        f"jobs/{JOB}/",
        f"jobs/{JOB}\n",
        f"jobs/{str(JOB).upper()}",
        f"jobs/{JOB.hex}",
        f"customers/{JOB}",
        f"organizations/jobs/{JOB}",
        f"organizations/{OURS}/jobs",
        f"organizations/{OURS}/customers/{JOB}",
        f"jobs/{'-' * 36}",
    ],
)
def test_what_is_no_name_of_such_a_resource_is_malformed(name: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        JOBS.parse(name, within=OURS, field="job.name")

    assert refusal.value.reason == "RESOURCE_NAME_MALFORMED"
    assert refusal.value.field == "job.name"


def test_an_optional_name_may_be_empty() -> None:
    assert CUSTOMERS.parse_optional("", within=OURS, field="customer") is None


def test_an_admin_may_name_what_belongs_to_any_organisation() -> None:
    task_id = TASKS.parse(f"tasks/{new_id()}", within=THEIRS)

    located = TASKS.locate(TASKS.name(THEIRS, task_id), a_caller(Role.ADMIN))

    assert located == (THEIRS, task_id)


def test_an_owner_may_not_locate_what_belongs_to_another_organisation() -> None:
    with pytest.raises(NotFoundError):
        TASKS.locate(f"organizations/{THEIRS}/tasks/{JOB}", a_caller(Role.OWNER))


def test_without_a_parent_a_list_is_of_the_callers_organisation() -> None:
    assert parse_parent("", within=OURS) == OURS
    assert locate_parent("", a_caller(Role.ADMIN)) == OURS


def test_a_parent_may_name_the_callers_organisation() -> None:
    assert parse_parent(organization_name(OURS), within=OURS) == OURS


def test_a_parent_of_others_does_not_exist() -> None:
    with pytest.raises(NotFoundError) as refusal:
        parse_parent(organization_name(THEIRS), within=OURS)

    assert refusal.value.reason == "ORGANIZATION_NOT_FOUND"


@pytest.mark.parametrize("parent", ["organizations/", "organizations/7", f"jobs/{JOB}", "-"])
def test_a_parent_that_is_no_organisation_is_malformed(parent: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_parent(parent, within=OURS)

    assert refusal.value.field == "parent"


def test_admins_alone_may_name_any_organisation() -> None:
    name = organization_name(THEIRS)

    assert parse_organization(name, a_caller(Role.ADMIN)) == THEIRS
    with pytest.raises(NotFoundError):
        parse_organization(name, a_caller(Role.OWNER))


PROOF = JobProofId(UUID("019b76da-a800-7000-8000-0000000000fe"))


def test_a_proof_is_named_below_its_job() -> None:
    name = JOB_PROOFS.name(OURS, JOB, PROOF)

    assert name == f"organizations/{OURS}/jobs/{JOB}/proofs/{PROOF}"
    assert JOB_PROOFS.parse(name, within=OURS) == (JOB, PROOF)
    assert JOB_PROOFS.parse(f"jobs/{JOB}/proofs/{PROOF}", within=OURS) == (JOB, PROOF)


def test_a_proof_of_another_organisation_belongs_to_a_job_that_does_not_exist() -> None:
    with pytest.raises(NotFoundError) as refusal:
        JOB_PROOFS.parse(JOB_PROOFS.name(THEIRS, JOB, PROOF), within=OURS)

    assert refusal.value.reason == "JOB_NOT_FOUND"


@pytest.mark.parametrize(
    "name",
    [
        "",
        f"jobs/{JOB}",
        f"proofs/{PROOF}",
        f"/proofs/{PROOF}",
        f"jobs/{JOB}/proofs/",
        f"jobs/{JOB}/proofs/{PROOF}/",
        f"jobs/{JOB}/proofs/{PROOF}\n",
        f"jobs/{JOB}/proofs/x/proofs/{PROOF}",
    ],
)
def test_nothing_else_names_a_proof(name: str) -> None:
    with pytest.raises(InvalidInputError):
        JOB_PROOFS.parse(name, within=OURS)
