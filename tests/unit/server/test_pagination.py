import base64
from uuid import UUID

import pytest

from campotech.directory.v1 import directory_pb2
from campotech.jobs.v1 import jobs_pb2
from domain.errors import InvalidInputError
from server.pagination import PageTokenInvalidError, next_page_token, parse_page
from tests.support.builders import an_organization_id
from tests.support.clocks import new_id

OURS = an_organization_id()
QUERY = jobs_pb2.ListJobsRequest(customer="customers/1", since="2026-01-01")


def continued(query: jobs_pb2.ListJobsRequest, token: str) -> jobs_pb2.ListJobsRequest:
    request = jobs_pb2.ListJobsRequest()
    request.CopyFrom(query)
    request.page_token = token
    return request


@pytest.mark.parametrize(("asked", "given"), [(0, 50), (1, 1), (200, 200), (201, 200)])
def test_pages_have_a_size_that_can_be_served(asked: int, given: int) -> None:
    page = parse_page(jobs_pb2.ListJobsRequest(page_size=asked), OURS)

    assert page.size == given


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_page(jobs_pb2.ListJobsRequest(page_size=-1), OURS)

    assert refusal.value.field == "page_size"


def test_a_token_continues_its_query_where_it_stopped() -> None:
    last = new_id()
    token = next_page_token(QUERY, OURS, last)

    page = parse_page(continued(QUERY, token), OURS)

    assert page.after == last


def test_the_next_page_may_have_another_size() -> None:
    last = new_id()
    request = continued(QUERY, next_page_token(QUERY, OURS, last))
    request.page_size = 7

    page = parse_page(request, OURS)

    assert (page.after, page.size) == (last, 7)


def test_a_token_of_the_second_page_continues_to_the_third() -> None:
    second = continued(QUERY, next_page_token(QUERY, OURS, new_id()))
    last = new_id()

    page = parse_page(continued(QUERY, next_page_token(second, OURS, last)), OURS)

    assert page.after == last


def test_the_last_page_has_no_token() -> None:
    assert next_page_token(QUERY, OURS, None) == ""


@pytest.mark.parametrize(
    "other",
    [
        jobs_pb2.ListJobsRequest(customer="customers/2", since="2026-01-01"),
        jobs_pb2.ListJobsRequest(customer="customers/1"),
        jobs_pb2.ListJobsRequest(technician="customers/1", since="2026-01-01"),
    ],
)
def test_a_token_continues_no_other_query(other: jobs_pb2.ListJobsRequest) -> None:
    token = next_page_token(QUERY, OURS, new_id())

    with pytest.raises(PageTokenInvalidError) as refusal:
        parse_page(continued(other, token), OURS)

    assert refusal.value.field == "page_token"


def test_a_token_continues_no_other_list() -> None:
    token = next_page_token(jobs_pb2.ListJobsRequest(), OURS, new_id())

    with pytest.raises(PageTokenInvalidError):
        parse_page(directory_pb2.ListCustomersRequest(page_token=token), OURS)


def test_a_token_continues_nothing_of_another_organisation() -> None:
    token = next_page_token(QUERY, OURS, new_id())

    with pytest.raises(PageTokenInvalidError):
        parse_page(continued(QUERY, token), an_organization_id())


@pytest.mark.parametrize(
    "token", ["x", "=", "no token", "ñandú", base64.urlsafe_b64encode(b"0" * 24).decode()]
)
def test_what_is_no_token_of_ours_is_refused(token: str) -> None:
    with pytest.raises(PageTokenInvalidError):
        parse_page(continued(QUERY, token), OURS)


def test_a_forged_token_past_the_end_of_time_is_refused() -> None:
    token = next_page_token(QUERY, OURS, UUID(int=(1 << 128) - 1))

    with pytest.raises(PageTokenInvalidError):
        parse_page(continued(QUERY, token), OURS)
