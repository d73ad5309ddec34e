"""What the keeper finds of uploads that nobody confirmed, over all organisations."""

from datetime import UTC, datetime, timedelta

from adapters.postgres.forgotten_uploads import PostgresForgottenUploads
from adapters.postgres.job_store import PostgresJobStore
from adapters.postgres.pools import create_pool
from domain.identifiers import OrganizationId
from domain.jobs.job_proof import ProofUpload
from tests.support.builders import a_context, a_job, a_proof_upload
from tests.support.clocks import id_at
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.servers import Database

NOW = datetime.now(UTC)


def an_upload(organization_id: OrganizationId, *, age: timedelta) -> ProofUpload:
    return a_proof_upload(a_job(organization_id), id=id_at(NOW - age))


async def test_only_what_is_older_than_a_day_is_forgotten(database: Database) -> None:
    pool = create_pool(database.system_url, name="test", max_size=1)
    await pool.open()
    uploads = PostgresForgottenUploads(pool)
    async with open_transactions(database) as opener:
        one, two = [(await Tenants(opener).organization()).id for _ in range(2)]
        older, old = (an_upload(two, age=timedelta(days=age)) for age in (3, 2))
        young = an_upload(one, age=timedelta(hours=23))
        store = PostgresJobStore(opener)
        for upload in (old, older, young):
            async with store.transaction(a_context(upload.organization_id)) as transaction:
                await transaction.add_proof_upload(upload)

        first = await uploads.forgotten(1)
        both = await uploads.forgotten(10)
        await uploads.forget(both)

        assert [upload.id for upload in first] == [older.id]
        assert both == [older, old]
        assert await uploads.forgotten(10) == []
        assert await store.proof_upload(two, old.job_id, old.id) is None
        assert await store.proof_upload(one, young.job_id, young.id) == young
    await pool.close()
