"""Two organisations on a running server: one that tries everything, one that nobody may reach."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
import psycopg

from campotech.operations.v1 import queues_pb2
from domain.commands import Role
from domain.identifiers import PLATFORM_ORGANIZATION_ID
from tests.support.any_method import AnyMethod
from tests.support.businesses import ROLES, Business, a_business, id_in
from tests.support.clocks import new_id
from tests.support.fuzzing.belongings import Belongings, furnish
from tests.support.fuzzing.given_words import bodies_for, what_owners_know
from tests.support.fuzzing.reports import Outcome, report
from tests.support.fuzzing.shots import EVERYTHING, NOBODY, STRANGER, Shot, shots_at
from tests.support.fuzzing.verdicts import UUID, Judge, Secrets
from tests.support.fuzzing.vocabulary import Vocabulary
from tests.support.fuzzing.volley import Headers, fire
from tests.support.platform_work import PlatformWork
from tests.support.postgres_stores import open_transactions
from tests.support.rpc import APP_SECRET, Api
from tests.support.servers import Database
from tests.support.tenant_rows import Rows, TenantRows, tenant_rows
from tests.support.whatsapp_deliveries import signature_of

THEIR_MARK = "Ajeno7391"
SIGNATURE = "x-hub-signature-256"

_INSIDE_NAMES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Squad:
    """The people of one organisation, with their tokens, and what they can speak of."""

    words: Vocabulary
    tokens: Mapping[str, str]

    def headers_of(self, shot: Shot) -> Headers:
        token = self.tokens[shot.sender]
        headers: Headers = (("authorization", f"Bearer {token}"),) if token else ()
        if shot.signed is None:
            return headers
        return (*headers, (SIGNATURE, signature_of(shot.signed, APP_SECRET)))


@dataclass(frozen=True, slots=True)
class FiringRange:
    """Where requests are tried on a server, and what is at stake there."""

    api: Api
    channel: grpc.aio.Channel
    theirs: Business
    their_belongings: Belongings
    work: PlatformWork
    secrets: Secrets
    rows: TenantRows
    max_message_bytes: int

    def their_rows(self) -> Rows:
        return self.rows.of(self.theirs.id)

    async def squad(self) -> Squad:
        """Return people of a new organisation that has one of everything."""
        await _resume_queues(self.api)
        number = str(new_id().int)[:15]
        business = await a_business(self.api, whatsapp_phone_number_id=number)
        ours = await furnish(business, self.work, mark="Propio")
        words = Vocabulary(
            ours=ours.names,
            theirs=self.their_belongings.names,
            page_tokens=[*ours.page_tokens, *self.their_belongings.page_tokens],
            request_ids=[ours.request_id, self.their_belongings.request_id],
            bodies=list(bodies_for(number)),
            secrets=what_owners_know(),
        )
        return Squad(words, await _tokens(business))

    async def complaints(
        self, method: AnyMethod, squad: Squad, *, count: int, seed: int
    ) -> Outcome:
        """Try made-up requests and judge the answers."""
        shots = shots_at(method, squad.words, count=count, seed=seed)
        endings = await fire(self.channel, method, shots, squad.headers_of)
        judge = Judge(method, self.secrets, max_message_bytes=self.max_message_bytes)
        found: dict[str, list[Shot]] = {}
        for ending in endings:
            for complaint in judge.complaints(ending):
                found.setdefault(complaint, []).append(ending.shot)
        return Outcome(
            answered=len(endings),
            accepted=sum(ending.refusal is None for ending in endings),
            report=report(method, found, seed=seed) if found else "",
        )


@asynccontextmanager
async def firing_range(api: Api, *, max_message_bytes: int) -> AsyncIterator[FiringRange]:
    """Yield a range on a running server whose other organisation has one of everything."""
    async with (
        open_transactions(api.database) as opener,
        grpc.aio.insecure_channel(api.address) as channel,
    ):
        work = PlatformWork(opener)
        theirs = await a_business(
            api, display_name=THEIR_MARK, whatsapp_phone_number_id=str(new_id().int)[:15]
        )
        belongings = await furnish(theirs, work, mark=THEIR_MARK)
        with tenant_rows(api.database) as rows:
            secrets = Secrets(
                tables=_tables(api.database),
                foreign_ids=_ids(rows.of(theirs.id)),
                foreign_mark=THEIR_MARK.encode(),
            )
            yield FiringRange(
                api, channel, theirs, belongings, work, secrets, rows, max_message_bytes
            )


async def _resume_queues(api: Api) -> None:
    """Undo what made-up requests paused: nothing could be made to die otherwise."""
    queues = api.admin().queues
    for pause in (await queues.GetQueuePauses(queues_pb2.GetQueuePausesRequest())).pauses:
        await queues.ResumeQueue(queues_pb2.ResumeQueueRequest(queue=pause.queue, reason="Test."))


async def _tokens(business: Business) -> Mapping[str, str]:
    issuer = business.api.issuer
    everything = await business.hire(*ROLES)

    def token(*roles: Role, subject: object) -> str:
        return issuer.token(
            *roles, organization_id=business.id, subject=str(subject), exp=2**31 - 1
        )

    return {
        Role.OWNER: token(Role.OWNER, subject=id_in(business.owner.name)),
        Role.DISPATCHER: token(Role.DISPATCHER, subject=id_in(business.dispatcher.name)),
        Role.TECHNICIAN: token(Role.TECHNICIAN, subject=id_in(business.technician.name)),
        EVERYTHING: token(*ROLES, subject=id_in(everything.name)),
        STRANGER: token(*ROLES, subject=new_id()),
        Role.ADMIN: issuer.token(Role.ADMIN, organization_id=PLATFORM_ORGANIZATION_ID),
        NOBODY: "",
    }


def _tables(database: Database) -> frozenset[str]:
    """Return the names of everything in the database; plain words are everybody's."""
    with psycopg.connect(database.superuser_url) as connection:
        names = [row[0] for row in connection.execute(_INSIDE_NAMES).fetchall()]
    return frozenset(name for name in names if "_" in name)


def _ids(rows: Rows) -> frozenset[bytes]:
    everybodys = str(PLATFORM_ORGANIZATION_ID).encode()
    found = {found for _, row in rows for found in UUID.findall(row.encode())}
    return frozenset(found - {everybodys})
