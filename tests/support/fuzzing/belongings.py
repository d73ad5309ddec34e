"""One of everything for a business, and what it is all called: read from the lists themselves."""

import re
from asyncio import gather
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.json_format import MessageToJson

from campotech.directory.v1 import directory_pb2
from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from domain.commands import Role
from tests.architecture.contract import is_list, methods
from tests.support.any_method import AnyMethod
from tests.support.businesses import Business, short
from tests.support.connecting import an_api_key_of, connect_everything
from tests.support.dead_work import a_dead_task
from tests.support.fix_stream import FixStream
from tests.support.fuzzing.vocabulary import ORGANIZATIONS
from tests.support.platform_work import PlatformWork
from tests.support.proofs import announcing, proven, uploaded
from tests.support.requests import creating_customer, registering_device
from tests.support.rpc import Caller

NAME = re.compile(r"organizations/[0-9a-f-]{36}(?:/(?P<collection>\w+)/[0-9a-f-]{36})+")
SINGLE = ("arcaConnection", "whatsAppConnection")
LISTS = [AnyMethod(method.full_name) for method in methods() if is_list(method)]
PROOFS = "campotech.jobs.v1.JobService.ListJobProofs"
STATES = [number for number in Job.State.values() if number]


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a business has, as its own people see it."""

    names: Mapping[str, Sequence[str]]
    """By collection, in the long form and in the short one."""
    page_tokens: Sequence[str]
    request_id: str


async def furnish(business: Business, work: PlatformWork, *, mark: str) -> Belongings:
    """Give a business one of everything, with a mark in its texts."""
    office, request_id = business.office, str(uuid4())
    customer = (
        await office.directory.CreateCustomer(creating_customer(display_name=mark))
    ).customer
    await business.job(customer=customer.name, description=mark, request_id=request_id)
    jobs = dict(zip(STATES, await gather(*map(business.job_in, STATES)), strict=True))
    pending, done = jobs[Job.STATE_PENDING], jobs[Job.STATE_COMPLETED]
    await office.jobs.AddJobNote(jobs_pb2.AddJobNoteRequest(name=pending.name, text=mark))
    offer = await office.jobs.CreateJobProofUpload(announcing(pending.name))
    await uploaded(business, offer)
    await proven(business, done.name)
    await work.invoice(business, done)
    await work.message(business, job=done)
    await work.message(business, customer=customer.name)
    await work.hearing(business, mark)
    await a_dead_task(business)
    technician = business.technician.app
    phone = await technician.tracking.RegisterDevice(registering_device(device_label=mark))
    await FixStream(technician, phone.device.name).send(1, 2, 3)
    await an_api_key_of(business, display_name=mark)
    await connect_everything(business, str(uuid4().int)[-15:])
    everything = await business.hire(Role.OWNER, Role.DISPATCHER)
    former = await business.hire(Role.TECHNICIAN)
    await business.owner.app.directory.EndMember(directory_pb2.EndMemberRequest(name=former.name))
    names, page_tokens = await _listed(everything.app, {PROOFS: done.name})
    return Belongings(
        {
            **names,
            **{single: _both([f"{business.name}/{single}"]) for single in SINGLE},
            ORGANIZATIONS: [business.name],
            "members": [*names["members"], *_both([former.name])],
            "devices": _both([phone.device.name]),
            "proofs": [*names["proofs"], *_both([offer.proof])],
        },
        page_tokens,
        request_id,
    )


async def _listed(
    caller: Caller, parents: Mapping[str, str]
) -> tuple[Mapping[str, Sequence[str]], Sequence[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    page_tokens = []
    for method in LISTS:
        below = {"parent": parents[method.full_name]} if method.full_name in parents else {}
        answer = await _asked(caller, method, **below)
        page = await _asked(caller, method, page_size=1, **below)
        text = MessageToJson(answer) if answer else ""
        for match in NAME.finditer(text):
            found[match["collection"]].append(match.group())
        page_tokens += [page.next_page_token] if page else []
    names = {collection: _both(sorted(set(listed))) for collection, listed in found.items()}
    return names, [token for token in page_tokens if token]


async def _asked(caller: Caller, method: AnyMethod, **values: Any) -> Any:
    """Return the answer of a list, None where it is not for members."""
    try:
        return await method.first_answer(caller.channel, method.request(**values))
    except grpc.aio.AioRpcError as error:
        if error.code() == grpc.StatusCode.PERMISSION_DENIED:
            return None
        raise


def _both(names: Sequence[str]) -> list[str]:
    return [form for name in names for form in (name, short(name))]
