"""Businesses whose invoices wait for a CAE, and real workers that ask the sandbox for it."""

import base64
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from adapters.postgres.invoice_store import PostgresInvoiceStore
from cli.local_servers.children import Child
from domain.clock import business_day
from domain.identifiers import InvoiceId
from domain.operations.task_type import Tier
from domain.transactions import NewTask
from tests.integration.sandbox.running import RunningSandbox
from tests.support.builders import a_context
from tests.support.invoice_builders import an_invoice, an_issuer
from tests.support.platform_business import a_fresh_cuit
from tests.support.postgres_stores import Tenants, open_transactions
from tests.support.task_platform import TaskPlatform
from tests.support.waiting import eventually

ASK = "FECompUltimoAutorizado"
HASTY = {
    "CAMPOTECH_BREAKER_MINIMUM_CALLS": "4",
    "CAMPOTECH_BREAKER_RETRY_SECONDS": "1",
    "CAMPOTECH_BREAKER_PARK_SECONDS": "0.3",
    "CAMPOTECH_AFIP_CALLS_PER_MINUTE": "1000",
    "CAMPOTECH_TASK_CONCURRENCY": "4",
}
"""Outages that are over in seconds instead of minutes."""
_SECRETS_KEY = "test:" + base64.b64encode(b"k" * 32).decode()


class ArcaOffices:
    """Each business has a series of its own, so that no invoice waits for another."""

    def __init__(self, platform: TaskPlatform, sandbox: RunningSandbox, folder: Path) -> None:
        self.platform = platform
        self.sandbox = sandbox
        self._workers: list[Child] = []
        url, issued = str(sandbox.http.base_url), sandbox.certificate()
        (folder / "certificate.pem").write_bytes(issued.pem)
        (folder / "key.pem").write_bytes(issued.key_pem)
        platform.use(
            {
                **HASTY,
                "CAMPOTECH_AFIP_WSAA_URL": f"{url}/ws/services/LoginCms",
                "CAMPOTECH_AFIP_WSFE_URL": f"{url}/wsfev1/service.asmx",
                "CAMPOTECH_AFIP_CERTIFICATE": str(folder / "certificate.pem"),
                "CAMPOTECH_AFIP_PRIVATE_KEY": str(folder / "key.pem"),
                "CAMPOTECH_SECRETS_KEY": _SECRETS_KEY,
            }
        )

    async def meet_an_open_breaker(self, *, invoices: int, workers: int) -> list[str]:
        """Take ARCA down under waiting invoices; return their issuers once calls are suspended.

        Then every invoice has met the open breaker, and no call is left that began before it.
        """
        self.sandbox.put_fault("arca.wsfe", "down")
        cuits = await self.invoice(invoices)
        self.start(workers)
        assert eventually(lambda: self.were_held_back() == invoices, within_seconds=60)
        return cuits

    def start(self, workers: int, **settings: str) -> None:
        self.platform.use(settings)
        self.platform.start_keeper()
        for _ in range(workers):
            self.start_worker()

    def start_worker(self) -> None:
        self._workers.append(self.platform.start_worker_as_deployed(Tier.BATCH))

    def kill_workers(self) -> None:
        for worker in self._workers:
            worker.send(signal.SIGKILL)

    async def invoice(self, count: int) -> list[str]:
        """Make out so many invoices and have them submitted; return the CUITs of the issuers."""
        cuits = [a_fresh_cuit() for _ in range(count)]
        async with open_transactions(self.platform.database) as opener:
            store, tenants = PostgresInvoiceStore(opener), Tenants(opener)
            for cuit in cuits:
                organization = await tenants.organization()
                day = business_day(datetime.now(UTC))
                invoice = an_invoice(
                    organization.id,
                    issuer=an_issuer(cuit=cuit),
                    service_from=day,
                    service_to=day,
                    payment_due_date=day,
                )
                async with store.transaction(a_context(organization.id)) as transaction:
                    await transaction.add(invoice)
                    transaction.dispatch(_submission(invoice.id))
        return cuits

    def fiscal_states(self) -> Counter[str]:
        rows = self.platform.execute("SELECT fiscal_state, count(*) FROM invoices GROUP BY 1")
        return Counter(dict(rows))

    def are_authorized(self, count: int, *, within_seconds: float = 60) -> bool:
        return eventually(
            lambda: self.fiscal_states() == Counter({"AUTHORIZED": count}),
            within_seconds=within_seconds,
        )

    def parked(self, reason: str) -> int:
        """Return how many submissions wait under a reason."""
        ((count,),) = self.platform.execute(
            "SELECT count(*) FROM tasks WHERE state = 'parked' AND parked_reason = %s", reason
        )
        return int(count)

    def were_held_back(self) -> int:
        """Return how many submissions have met an open breaker, be it long ago."""
        ((count,),) = self.platform.execute(
            "SELECT count(*) FROM tasks WHERE type = 'invoice:afip-submit'"
            " AND jsonb_path_exists(attempts, '$[*] ? (@.outcome == \"parked\")')"
        )
        return int(count)

    def claims(self) -> Counter[str]:
        """Return how often submissions were begun, by the worker that did it last."""
        rows = self.platform.execute(
            "SELECT worker, sum(fencing_token) FROM tasks WHERE worker IS NOT NULL GROUP BY 1"
        )
        return Counter({worker: int(count) for worker, count in rows})

    def spent_attempts(self) -> list[int]:
        """Return how many attempts each submission has spent, without one that is under way."""
        rows = self.platform.execute(
            "SELECT attempt - (state = 'running')::int FROM tasks"
            " WHERE type = 'invoice:afip-submit'"
            " UNION ALL SELECT attempt FROM task_history WHERE type = 'invoice:afip-submit'"
        )
        return [int(attempt) for (attempt,) in rows]

    def calls(self, operation: str = ASK) -> int:
        """Return how many calls of an operation the sandbox has received."""
        return len(self.sandbox.received(operation=operation, limit="5000"))

    def caes(self, cuits: list[str]) -> list[int]:
        """Return how many documents ARCA has of each issuer."""
        return [len(list(self._vouchers(cuit))) for cuit in cuits]

    def _vouchers(self, cuit: str) -> Iterator[object]:
        answer = self.sandbox.http.get("/sandbox/arca/vouchers", params={"cuit": cuit})
        yield from answer.json()["vouchers"]


def _submission(invoice_id: InvoiceId) -> NewTask:
    return NewTask(
        type="invoice:afip-submit",
        payload={"invoice_id": str(invoice_id)},
        idempotency_key=str(invoice_id),
    )
