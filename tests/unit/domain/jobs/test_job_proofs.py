"""Photos and signatures: announced, uploaded, confirmed once, in time, and not without end."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.blobs.blob import ContentType
from domain.blobs.ports import BlobStoreUnavailableError
from domain.commands import Actor, Role
from domain.errors import NotFoundError
from domain.identifiers import MemberId, RequestId
from domain.jobs.job import Job, NotYourJobError
from domain.jobs.job_proof import (
    CONFIRMED_WITHIN,
    MOST_PROOFS,
    OFFERED_AGAIN_WITHIN,
    ProofKind,
    ProofNotUploadedError,
    ProofsFullError,
)
from domain.jobs.job_state import JobState
from domain.jobs.proof_ports import ProofPorts
from domain.jobs.use_cases.confirm_job_proof import ConfirmJobProof, confirm_job_proof
from domain.jobs.use_cases.create_job_proof_upload import (
    CreateJobProofUpload,
    OfferedUpload,
    create_job_proof_upload,
)
from domain.jobs.use_cases.list_job_proofs import list_job_proofs
from domain.pages import PageRequest
from tests.support.blob_builders import A_PHOTO, content_of
from tests.support.builders import a_context, a_job, a_proof, a_proof_upload, an_actor
from tests.support.clocks import StoppedClock, id_at, new_id
from tests.support.in_memory_blobs import InMemoryBlobStore
from tests.support.in_memory_jobs import InMemoryJobStore

DISPATCHER = an_actor()
ANOTHER_PHOTO = A_PHOTO[::-1]


@dataclass
class IdsOfNow:
    """The domain's IdSource on a clock that stands still."""

    clock: StoppedClock

    def new_id(self) -> UUID:
        return id_at(self.clock.now())


@dataclass
class Scene:
    """One job, and what people do about its proofs."""

    job: Job
    clock: StoppedClock = field(default_factory=StoppedClock)

    def __post_init__(self) -> None:
        self.store = InMemoryJobStore(self.job)
        self.blobs = InMemoryBlobStore(self.clock)
        self.ports = ProofPorts(
            jobs=self.store, blobs=self.blobs, clock=self.clock, ids=IdsOfNow(self.clock)
        )

    async def announce(
        self,
        actor: Actor = DISPATCHER,
        *,
        request_id: RequestId | None = None,
        kind: ProofKind = ProofKind.PHOTO,
        content_type: ContentType = ContentType.JPEG,
        picture: bytes = A_PHOTO,
    ) -> OfferedUpload:
        return await create_job_proof_upload(
            self.ports,
            context=a_context(self.job.organization_id, actor=actor, request_id=request_id),
            command=CreateJobProofUpload(
                job_id=self.job.id,
                kind=kind,
                content_type=content_type,
                content=content_of(picture),
            ),
        )

    def upload(self, offer: OfferedUpload) -> None:
        assert offer.link is not None
        assert self.blobs.put(offer.link.url, A_PHOTO, offer.link.headers) == 201

    async def confirm(
        self,
        offer: OfferedUpload,
        actor: Actor = DISPATCHER,
        *,
        request_id: RequestId | None = None,
    ) -> Job:
        return await confirm_job_proof(
            self.ports,
            context=a_context(self.job.organization_id, actor=actor, request_id=request_id),
            command=ConfirmJobProof(job_id=self.job.id, proof_id=offer.proof_id),
        )

    async def add(self) -> Job:
        self.clock.advance(timedelta(milliseconds=1))
        offer = await self.announce()
        self.upload(offer)
        return await self.confirm(offer)


@pytest.mark.parametrize("state", JobState)
async def test_a_job_takes_proofs_in_any_state(state: JobState) -> None:
    scene = Scene(a_job(state=state))
    offer = await scene.announce(kind=ProofKind.SIGNATURE)
    scene.upload(offer)

    proven = await scene.confirm(offer)

    (proof,) = proven.proofs
    assert (proof.id, proof.kind, proof.author) == (
        offer.proof_id,
        ProofKind.SIGNATURE,
        "somebody",
    )
    assert (proof.content, proof.confirmed_at) == (content_of(A_PHOTO), scene.clock.now())
    assert (proven.state, proven.version) == (state, scene.job.version + 1)
    assert await scene.store.get(proven.organization_id, proven.id) == proven
    assert scene.store.proof_uploads == {}


async def test_what_is_only_announced_is_no_proof() -> None:
    scene = Scene(a_job())

    await scene.announce()

    assert (await scene.store.get(scene.job.organization_id, scene.job.id)).proofs == ()
    assert scene.store.ledger.events == []


async def test_what_was_not_uploaded_is_not_confirmed() -> None:
    scene = Scene(a_job())
    offer = await scene.announce()

    with pytest.raises(ProofNotUploadedError):
        await scene.confirm(offer)
    scene.upload(offer)

    assert len((await scene.confirm(offer)).proofs) == 1


async def test_something_else_under_its_key_is_not_confirmed() -> None:
    scene = Scene(a_job())
    offer = await scene.announce()
    scene.upload(offer)
    (key,) = scene.blobs.blobs
    scene.blobs.blobs[key] = A_PHOTO[1:]

    with pytest.raises(ProofNotUploadedError):
        await scene.confirm(offer)


@pytest.mark.parametrize("same_request", [True, False])
async def test_a_proof_is_confirmed_once_however_often_that_is_said(*, same_request: bool) -> None:
    scene = Scene(a_job())
    offer = await scene.announce()
    scene.upload(offer)
    first_id = RequestId(uuid4())

    first = await scene.confirm(offer, request_id=first_id)
    again = await scene.confirm(offer, request_id=first_id if same_request else None)

    assert again == first
    assert [event.type for _, _, event in scene.store.ledger.events] == ["job_proof_added"]
    assert [action for action, _ in scene.store.ledger.audits] == [
        "job_proof_upload_created",
        "job_proof_added",
    ]


async def test_a_repeated_announcement_gives_another_link_to_the_same_proof() -> None:
    scene, request_id = Scene(a_job()), RequestId(uuid4())
    first = await scene.announce(request_id=request_id)
    scene.clock.advance(timedelta(hours=1))

    again = await scene.announce(request_id=request_id)

    assert first.link is not None
    assert again.link is not None
    assert again.proof_id == first.proof_id
    assert again.link.expires_at == first.link.expires_at + timedelta(hours=1)
    assert len(scene.store.proof_uploads) == 1


async def test_no_link_leads_to_a_proof_that_is_confirmed() -> None:
    scene, request_id = Scene(a_job()), RequestId(uuid4())
    offer = await scene.announce(request_id=request_id)
    scene.upload(offer)
    await scene.confirm(offer)

    again = await scene.announce(request_id=request_id)

    assert again == OfferedUpload(offer.proof_id, None)


async def test_after_half_a_day_an_upload_is_forgotten() -> None:
    scene, request_id = Scene(a_job()), RequestId(uuid4())
    offer = await scene.announce(request_id=request_id)
    scene.upload(offer)
    scene.clock.advance(timedelta(hours=12))

    with pytest.raises(NotFoundError) as refusal:
        await scene.confirm(offer)
    with pytest.raises(NotFoundError):
        await scene.announce(request_id=request_id)

    assert refusal.value.reason == "JOB_PROOF_NOT_FOUND"


async def test_what_was_never_announced_is_not_found() -> None:
    scene = Scene(a_job())

    with pytest.raises(NotFoundError):
        await scene.confirm(OfferedUpload(a_proof().id, None))


async def test_only_the_technician_of_the_job_and_the_office_add_proofs() -> None:
    technician = MemberId(new_id())
    scene = Scene(a_job(state=JobState.ASSIGNED, technician_id=technician))
    own = an_actor(Role.TECHNICIAN, member_id=technician)
    other = an_actor(Role.TECHNICIAN, member_id=MemberId(new_id()))
    offer = await scene.announce(own)

    with pytest.raises(NotYourJobError):
        await scene.announce(other)
    with pytest.raises(NotYourJobError):
        await scene.confirm(offer, other)
    scene.upload(offer)

    assert len((await scene.confirm(offer, own)).proofs) == 1


async def test_a_job_has_so_many_proofs_those_that_wait_included() -> None:
    job = a_job(proofs=tuple(a_proof() for _ in range(MOST_PROOFS - 2)))
    scene = Scene(job)
    waiting = a_proof_upload(job)
    scene.store.proof_uploads[waiting.id] = waiting
    await scene.announce()

    with pytest.raises(ProofsFullError):
        await scene.announce(picture=ANOTHER_PHOTO)


async def test_an_app_that_loses_every_answer_and_its_request_ids_does_not_fill_the_job() -> None:
    scene = Scene(a_job())

    offers = [await scene.announce() for _ in range(MOST_PROOFS + 1)]
    await scene.announce(picture=ANOTHER_PHOTO)

    assert len({offer.proof_id for offer in offers}) == 1
    assert len(scene.store.proof_uploads) == 2
    assert [action for action, _ in scene.store.ledger.audits] == ["job_proof_upload_created"] * 2


async def test_a_job_whose_uploads_can_no_longer_be_confirmed_takes_others() -> None:
    scene = Scene(a_job())
    for number in range(MOST_PROOFS):
        await scene.announce(picture=A_PHOTO + bytes([number]))
    with pytest.raises(ProofsFullError):
        await scene.announce()
    scene.clock.advance(CONFIRMED_WITHIN)

    proven = await scene.add()

    assert len(proven.proofs) == 1


async def test_the_same_picture_announced_again_is_the_one_that_waits() -> None:
    scene = Scene(a_job())
    first = await scene.announce()
    scene.clock.advance(timedelta(hours=1))
    request_id = RequestId(uuid4())

    again = await scene.announce(request_id=request_id)
    repeated = await scene.announce(request_id=request_id)

    assert first.link is not None
    assert again.link is not None
    assert again.proof_id == repeated.proof_id == first.proof_id
    assert again.link.expires_at == first.link.expires_at + timedelta(hours=1)
    scene.upload(again)
    assert len((await scene.confirm(again)).proofs) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"kind": ProofKind.SIGNATURE},
        {"content_type": ContentType.PNG},
        {"picture": ANOTHER_PHOTO},
        {"actor": an_actor(member_id=MemberId(new_id()))},
    ],
    ids=["kind", "type", "picture", "author"],
)
async def test_what_differs_from_what_waits_waits_beside_it(other: dict[str, Any]) -> None:
    scene = Scene(a_job())
    first = await scene.announce()

    second = await scene.announce(**other)

    assert {first.proof_id, second.proof_id} == set(scene.store.proof_uploads)
    assert len(scene.store.proof_uploads) == 2


async def test_whoever_announces_a_picture_has_hours_to_confirm_it() -> None:
    scene = Scene(a_job())
    first = await scene.announce()
    scene.clock.advance(OFFERED_AGAIN_WITHIN)

    again = await scene.announce()

    assert again.proof_id != first.proof_id


def test_no_proof_is_added_to_a_job_that_is_full() -> None:
    job = a_job(proofs=tuple(a_proof() for _ in range(MOST_PROOFS)))

    with pytest.raises(ProofsFullError):
        job.with_proof(a_proof())


async def test_while_the_store_is_away_nothing_is_confirmed() -> None:
    scene = Scene(a_job())
    offer = await scene.announce()
    scene.upload(offer)
    scene.blobs.is_away = True

    with pytest.raises(BlobStoreUnavailableError):
        await scene.confirm(offer)

    assert scene.store.ledger.events == []


async def test_proofs_are_listed_newest_first_each_with_a_link_that_is_good() -> None:
    scene = Scene(a_job())
    for _ in range(3):
        job = await scene.add()

    pages = []
    after: UUID | None = None
    for _ in range(2):
        page = await list_job_proofs(
            scene.ports,
            DISPATCHER,
            organization_id=job.organization_id,
            job_id=job.id,
            page=PageRequest(size=2, after=after),
        )
        pages.append(page)
        after = page.next_after

    listed = [item for page in pages for item in page.items]
    assert [item.proof for item in listed] == list(reversed(job.proofs))
    assert [len(page.items) for page in pages] == [2, 1]
    assert after is None
    assert {scene.blobs.get(item.link.url) for item in listed} == {(200, A_PHOTO)}


async def test_proofs_of_a_job_that_a_technician_was_not_given_do_not_exist_for_them() -> None:
    scene = Scene(a_job())

    with pytest.raises(NotFoundError) as refusal:
        await list_job_proofs(
            scene.ports,
            an_actor(Role.TECHNICIAN, member_id=MemberId(new_id())),
            organization_id=scene.job.organization_id,
            job_id=scene.job.id,
            page=PageRequest(),
        )

    assert refusal.value.reason == "JOB_NOT_FOUND"
