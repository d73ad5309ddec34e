from collections.abc import Mapping
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import ParseDict

from campotech.jobs.v1 import job_pb2, jobs_pb2, jobs_pb2_grpc
from campotech.tracking.v1 import locations_pb2
from domain.commands import Role
from server.calls import ServicerContext
from server.required_fields import RequiredFields
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id
from tests.support.loopback import job_service, loopback
from tests.support.refusals import Refused, refused
from tests.support.token_issuer import TokenIssuer

JOB_NAME = f"jobs/{new_id()}"


def a_job(**particular: Any) -> dict[str, Any]:
    return {
        "customer": f"customers/{new_id()}",
        "description": "Pierde la canilla de la cocina.",
        "service_address": an_address(),
        "price": {"currency_code": "ARS", "amount_minor": 12_100_000},
        **particular,
    }


def a_request(job: dict[str, Any]) -> jobs_pb2.CreateJobRequest:
    return ParseDict({"job": job}, jobs_pb2.CreateJobRequest())


def an_address(**particular: Any) -> dict[str, Any]:
    return {
        "street_address": "Av. Corrientes 1234",
        "locality": "Balvanera",
        "province": "Ciudad Autónoma de Buenos Aires",
        **particular,
    }


def without(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {each: value for each, value in fields.items() if each != name}


async def create(
    _request: jobs_pb2.CreateJobRequest, _context: ServicerContext
) -> jobs_pb2.CreateJobResponse:
    return jobs_pb2.CreateJobResponse()


async def cancel(
    _request: jobs_pb2.CancelJobRequest, _context: ServicerContext
) -> jobs_pb2.CancelJobResponse:
    return jobs_pb2.CancelJobResponse()


async def call(issuer: TokenIssuer, method: str, request: Any) -> object:
    token = issuer.token(Role.OWNER, organization_id=an_organization_id())
    service = job_service({"CreateJob": create, "CancelJob": cancel})
    async with loopback([service], issuer) as running:
        stub = jobs_pb2_grpc.JobServiceStub(running.channel)
        metadata = (("authorization", f"Bearer {token}"),)
        answer: object = await getattr(stub, method)(request, metadata=metadata)
        return answer


async def refusal_of_job(issuer: TokenIssuer, job: dict[str, Any]) -> Refused:
    return await refused(call(issuer, "CreateJob", a_request(job)))


async def test_a_request_that_keeps_the_rules_reaches_its_handler(issuer: TokenIssuer) -> None:
    answer = await call(issuer, "CreateJob", a_request(a_job()))

    assert answer == jobs_pb2.CreateJobResponse()


@pytest.mark.parametrize(
    ("job", "field"),
    [
        (without(a_job(), "customer"), "job.customer"),
        (without(a_job(), "price"), "job.price"),
        (a_job(description=""), "job.description"),
        (without(a_job(), "service_address"), "job.service_address"),
        (
            a_job(service_address=without(an_address(), "locality")),
            "job.service_address.locality",
        ),
    ],
)
async def test_a_required_field_that_is_missing_is_named(
    job: dict[str, Any], field: str, issuer: TokenIssuer
) -> None:
    refusal = await refusal_of_job(issuer, job)

    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "FIELD_REQUIRED",
    )
    assert refusal.fields == [field]


async def test_a_missing_message_is_named_and_not_what_it_would_hold(issuer: TokenIssuer) -> None:
    refusal = await refused(call(issuer, "CreateJob", jobs_pb2.CreateJobRequest()))

    assert refusal.fields == ["job"]


@pytest.mark.parametrize(
    ("job", "field"),
    [
        (a_job(customer="customers/7"), "job.customer"),
        (a_job(description="x" * 2001), "job.description"),
        (a_job(price={"currency_code": "USD", "amount_minor": 1}), "job.price"),
        (a_job(price={"currency_code": "ARS", "amount_minor": 0}), "job.price"),
        (
            a_job(service_address=an_address(location={"latitude": 200})),
            "job.service_address.location.latitude",
        ),
        (
            a_job(service_address=an_address(postal_code="hola")),
            "job.service_address.postal_code",
        ),
    ],
)
async def test_a_value_against_the_rules_is_named(
    job: dict[str, Any], field: str, issuer: TokenIssuer
) -> None:
    refusal = await refusal_of_job(issuer, job)

    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert refusal.fields == [field]
    assert refusal.info.metadata["field"] == field


async def test_every_wrong_field_is_named_at_once(issuer: TokenIssuer) -> None:
    job = a_job(customer="customers/7", description="x" * 2001)

    refusal = await refusal_of_job(issuer, job)

    assert refusal.fields == ["job.customer", "job.description"]


async def test_a_rule_over_several_fields_names_the_one_to_change(issuer: TokenIssuer) -> None:
    request = jobs_pb2.CancelJobRequest(name=JOB_NAME, reason=job_pb2.Job.CANCEL_REASON_OTHER)

    refusal = await refused(call(issuer, "CancelJob", request))

    assert refusal.fields == ["note"]


async def test_a_required_choice_must_be_made(issuer: TokenIssuer) -> None:
    request = jobs_pb2.CancelJobRequest(name=JOB_NAME)

    refusal = await refused(call(issuer, "CancelJob", request))

    assert (refusal.reason, refusal.fields) == ("FIELD_REQUIRED", ["reason"])


async def test_a_choice_that_does_not_exist_is_refused(issuer: TokenIssuer) -> None:
    request = jobs_pb2.CancelJobRequest.FromString(
        jobs_pb2.CancelJobRequest(name=JOB_NAME).SerializeToString() + b"\x10\x63"
    )

    refusal = await refused(call(issuer, "CancelJob", request))

    assert (refusal.reason, refusal.fields) == ("INVALID_FIELD", ["reason"])


async def test_what_only_the_server_sets_need_not_keep_any_rule(issuer: TokenIssuer) -> None:
    job = a_job(name="no name", technician="nobody", state=job_pb2.Job.STATE_COMPLETED)

    answer = await call(issuer, "CreateJob", a_request(job))

    assert answer == jobs_pb2.CreateJobResponse()


def test_required_fields_of_a_list_are_named_with_their_place() -> None:
    fixes = [{"seq": 1, "recordedAt": "2026-03-01T12:00:00Z"}, {"seq": 2}]
    request = ParseDict({"batch": {"fixes": fixes}}, locations_pb2.StreamLocationsRequest())

    missing = RequiredFields().missing_in(request)

    assert missing == ["batch.fixes[1].recorded_at"]


@pytest.mark.parametrize(
    ("mask", "missing"),
    [
        ("", []),
        ("price", []),
        ("description", ["job.description"]),
        ("description,serviceAddress", ["job.description", "job.service_address"]),
        ("*", ["job.customer", "job.description", "job.service_address"]),
    ],
)
def test_an_update_requires_what_its_mask_names_and_no_more(mask: str, missing: list[str]) -> None:
    job = {"name": JOB_NAME, "price": a_job()["price"]}
    request = ParseDict({"job": job, "updateMask": mask}, jobs_pb2.UpdateJobRequest())

    assert RequiredFields().missing_in(request) == missing


def test_what_an_update_replaces_as_a_whole_must_be_whole() -> None:
    job = {"name": JOB_NAME, "serviceAddress": without(an_address(), "locality")}
    request = ParseDict({"job": job}, jobs_pb2.UpdateJobRequest())

    missing = RequiredFields().missing_in(request)

    assert missing == ["job.service_address.locality"]


def test_an_update_is_of_something() -> None:
    assert RequiredFields().missing_in(jobs_pb2.UpdateJobRequest()) == ["job"]
