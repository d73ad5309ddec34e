"""Names that are none, said to methods that need little else."""

from typing import Any

from campotech.directory.v1 import directory_pb2
from campotech.jobs.v1 import jobs_pb2
from tests.integration.rpc.bad_input import NOT_A_UUID, TOO_LONG, UUID, BadInput, Call


def _members(**values: Any) -> Call:
    request = directory_pb2.ListMembersRequest(**values)
    return lambda business: business.office.directory.ListMembers(request)


def _customers(**values: Any) -> Call:
    request = directory_pb2.ListCustomersRequest(**values)
    return lambda business: business.office.directory.ListCustomers(request)


def _step(method: str, **values: Any) -> Call:
    """Return a call of one of the methods that move a job and need its name alone."""
    request = getattr(jobs_pb2, f"{method}Request")(**values)
    return lambda business: getattr(business.office.jobs, method)(request)


STEPS = ("UnassignJob", "StartTravel", "ArriveAtJob", "StartJob")

BAD_NAMES = [
    BadInput("members of no organisation", _members(parent="orgs/1"), ("parent",)),
    BadInput("fewer members than none", _members(page_size=-1), ("page_size",)),
    BadInput("customers of no organisation", _customers(parent="orgs/1"), ("parent",)),
    BadInput("a page of customers without end", _customers(page_token=TOO_LONG), ("page_token",)),
    BadInput(
        "a customer's name that is none",
        lambda business: business.office.directory.GetCustomer(
            directory_pb2.GetCustomerRequest(name="customers/1")
        ),
        ("name",),
    ),
    *(
        BadInput(f"{method} of a job that is none", _step(method, name="jobs/1"), ("name",))
        for method in STEPS
    ),
    *(
        BadInput(f"{method} of no job", _step(method), ("name",), "FIELD_REQUIRED")
        for method in STEPS
    ),
    *(
        BadInput(
            f"{method} of a job whose id is no UUID",
            _step(method, name=f"jobs/{NOT_A_UUID}"),
            ("name",),
            "RESOURCE_NAME_MALFORMED",
        )
        for method in STEPS
    ),
    *(
        BadInput(
            f"{method} under no UUID",
            _step(method, name=f"jobs/{UUID}", request_id="1"),
            ("request_id",),
        )
        for method in STEPS
    ),
    *(
        BadInput(
            f"{method} under an etag without end",
            _step(method, name=f"jobs/{UUID}", etag=TOO_LONG),
            ("etag",),
        )
        for method in STEPS
    ),
]
