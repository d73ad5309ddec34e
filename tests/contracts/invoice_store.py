"""What every InvoiceStore owes: one invoice per job, one owner per series, all or nothing."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.commands import CommandContext
from domain.errors import NotFoundError
from domain.identifiers import CustomerId, InvoiceId, JobId, OrganizationId, TaskId
from domain.invoicing.billable_job import BillableJob
from domain.invoicing.comprobante import AuthorizationRequest, Observation
from domain.invoicing.fiscal_series import (
    FiscalSeries,
    FiscalSeriesTakenError,
    SeriesKey,
    SeriesPosition,
)
from domain.invoicing.invoice import FiscalState, Invoice
from domain.invoicing.ports import InvoiceFilter, InvoiceStore
from domain.iva import IvaRate
from domain.money import Money
from domain.operations.task import LeaseLostError
from domain.pages import PageRequest
from tests.support.builders import a_context
from tests.support.clocks import MORNING, id_at, new_id
from tests.support.invoice_builders import (
    A_FAILURE,
    TODAY,
    a_billable_job,
    a_company,
    a_line,
    a_receiver,
    a_task_context,
    an_invoice,
    an_issuer,
    authorized,
)


class InvoiceStoreContract(ABC):
    """Subclasses give a store and ways to put in what belongs to other contexts."""

    store: InvoiceStore

    @abstractmethod
    async def a_tenant(self) -> OrganizationId:
        """Return a new organisation."""

    @abstractmethod
    async def with_job(self, organization_id: OrganizationId, job: BillableJob) -> BillableJob:
        """Put in a job with its customer and issuer; return it with the ids it got."""

    @abstractmethod
    async def with_task(self, organization_id: OrganizationId, fencing_token: int) -> TaskId:
        """Put in a task that a worker with this token runs."""

    async def stored(self, organization_id: OrganizationId, **particular: Any) -> Invoice:
        invoice = an_invoice(organization_id, **particular)
        async with self.store.transaction(a_context(organization_id)) as transaction:
            return await transaction.add(invoice)

    async def series(self, organization_id: OrganizationId, key: SeriesKey) -> FiscalSeries:
        async with self.store.transaction(a_context(organization_id)) as transaction:
            return await transaction.series(key)

    @pytest.mark.parametrize(
        "particular",
        [
            pytest.param({}, id="a person"),
            pytest.param({"receiver": a_company(), "description": "Caldera"}, id="a company"),
            pytest.param({"lines": (a_line(), a_line(iva_rate=IvaRate.ZERO))}, id="with lines"),
            pytest.param(
                {
                    "receiver": a_receiver(document_type=None, document_number="", address=None),
                    "issuer": an_issuer(ingresos_brutos="901-123456-7", activity_start_date=TODAY),
                },
                id="nobody in particular",
            ),
        ],
    )
    async def test_a_stored_invoice_comes_back_as_it_was(self, particular: dict[str, Any]) -> None:
        organization_id = await self.a_tenant()

        invoice = await self.stored(organization_id, **particular)

        assert await self.store.get(organization_id, invoice.id) == invoice

    async def test_every_state_comes_back_as_it_was(self) -> None:
        organization_id = await self.a_tenant()
        pending = await self.stored(organization_id)
        submitted = pending.submit(17, TODAY, at=MORNING)
        remarked = authorized(submitted)
        remarked = replace(
            remarked,
            authorization=replace(
                remarked.authorization, observations=(Observation(10217, "Monotributo"),)
            ),
        )
        states = [submitted, submitted.authorize(remarked, MORNING)]
        states.append(submitted.fail(A_FAILURE, MORNING))
        seen = []

        for state in states:
            async with self.store.transaction(a_context(organization_id)) as transaction:
                await transaction.save(state)
            seen.append(await self.store.get(organization_id, pending.id))

        assert seen == states

    async def test_a_job_has_one_invoice_for_ever(self) -> None:
        organization_id = await self.a_tenant()
        first = await self.stored(organization_id)

        second = await self.stored(organization_id, job_id=first.job_id)

        assert second == first
        page = await self.store.list(organization_id, InvoiceFilter(), PageRequest())
        assert page.items == (first,)

    async def test_invoices_made_at_once_for_one_job_are_one(self) -> None:
        organization_id = await self.a_tenant()
        job_id = JobId(new_id())

        made = await asyncio.gather(
            *(self.stored(organization_id, job_id=job_id) for _ in range(4))
        )

        assert len({invoice.id for invoice in made}) == 1

    async def test_the_invoice_of_a_job_is_found_by_it(self) -> None:
        organization_id = await self.a_tenant()
        invoice = await self.stored(organization_id)

        async with self.store.transaction(a_context(organization_id)) as transaction:
            found = await transaction.invoice_of_job(invoice.job_id)
            none = await transaction.invoice_of_job(JobId(new_id()))

        assert (found, none) == (invoice, None)

    async def test_what_raises_commits_nothing(self) -> None:
        organization_id = await self.a_tenant()
        invoice = await self.stored(organization_id)

        with pytest.raises(ZeroDivisionError):
            async with self.store.transaction(a_context(organization_id)) as transaction:
                await transaction.save(invoice.submit(1, TODAY, at=MORNING))
                await transaction.record_request(
                    invoice.id, invoice.submit(1, TODAY, at=MORNING).authorization_request()
                )
                raise ZeroDivisionError

        assert await self.store.get(organization_id, invoice.id) == invoice
        assert await self.recorded(organization_id, invoice.id, 1) == []

    async def test_an_invoice_of_another_organisation_is_not_found(self) -> None:
        invoice = await self.stored(await self.a_tenant())
        stranger = await self.a_tenant()

        with pytest.raises(NotFoundError) as by_reading:
            await self.store.get(stranger, invoice.id)
        with pytest.raises(NotFoundError):
            async with self.store.transaction(a_context(stranger)) as transaction:
                await transaction.invoice(invoice.id)

        assert by_reading.value.reason == "INVOICE_NOT_FOUND"

    async def test_a_billable_job_has_what_an_invoice_needs(self) -> None:
        organization_id = await self.a_tenant()
        job = await self.with_job(
            organization_id,
            a_billable_job(receiver=a_company(), price=Money(24_200), lines=(a_line(), a_line())),
        )

        async with self.store.transaction(a_context(organization_id)) as transaction:
            found = await transaction.billable_job(job.job_id)

        assert found == job

    async def test_a_billable_job_may_be_unfinished_and_its_customer_anonymous(self) -> None:
        organization_id = await self.a_tenant()
        receiver = a_receiver(document_type=None, document_number="", address=None)
        job = await self.with_job(
            organization_id, a_billable_job(completed_at=None, receiver=receiver)
        )

        async with self.store.transaction(a_context(organization_id)) as transaction:
            found = await transaction.billable_job(job.job_id)

        assert found == job

    async def test_a_job_of_another_organisation_is_not_billable(self) -> None:
        job = await self.with_job(await self.a_tenant(), a_billable_job())

        with pytest.raises(NotFoundError):
            async with self.store.transaction(a_context(await self.a_tenant())) as transaction:
                await transaction.billable_job(job.job_id)

    async def test_a_customers_number_is_the_one_they_have_now(self) -> None:
        organization_id = await self.a_tenant()
        job = await self.with_job(organization_id, a_billable_job())

        async with self.store.transaction(a_context(organization_id)) as transaction:
            known = await transaction.phone_number(job.customer_id)
            unknown = await transaction.phone_number(CustomerId(new_id()))

        assert (known, unknown) == ("+5491155550123", "")

    async def test_a_series_begins_when_first_asked_for(self) -> None:
        organization_id = await self.a_tenant()
        key = an_invoice().series_key

        begun = await self.series(organization_id, key)
        again = await self.series(organization_id, key)

        assert begun == again == FiscalSeries(key=key, organization_id=organization_id)

    async def test_a_series_comes_back_as_it_was_stored(self) -> None:
        organization_id = await self.a_tenant()
        invoice = await self.stored(organization_id)
        series = await self.series(organization_id, invoice.series_key)
        changed = series.learn(SeriesPosition(41, TODAY)).reserve(invoice.id, MORNING)
        changed = changed.meet_foreign_writer(MORNING)

        async with self.store.transaction(a_context(organization_id)) as transaction:
            await transaction.series(invoice.series_key)
            await transaction.save_series(changed)

        assert await self.series(organization_id, invoice.series_key) == changed

    async def test_a_series_belongs_to_the_organisation_that_began_it(self) -> None:
        key = an_invoice().series_key
        await self.series(await self.a_tenant(), key)

        with pytest.raises(FiscalSeriesTakenError) as refusal:
            await self.series(await self.a_tenant(), key)

        assert refusal.value.reason == "FISCAL_SERIES_TAKEN"

    async def test_points_of_sale_are_series_of_their_own(self) -> None:
        key = an_invoice().series_key
        await self.series(await self.a_tenant(), key)
        other = await self.a_tenant()

        series = await self.series(other, replace(key, punto_de_venta=3))

        assert series.organization_id == other

    async def test_requests_come_back_as_they_were_in_their_order(self) -> None:
        organization_id = await self.a_tenant()
        invoice = await self.stored(organization_id, receiver=a_company())
        days = [TODAY, TODAY + timedelta(days=11)]
        requests = [invoice.submit(17, day, at=MORNING).authorization_request() for day in days]
        other = invoice.submit(18, TODAY, at=MORNING).authorization_request()

        for request in [*requests, other]:
            async with self.store.transaction(a_context(organization_id)) as transaction:
                await transaction.record_request(invoice.id, request)

        assert await self.recorded(organization_id, invoice.id, 17) == requests
        assert await self.recorded(organization_id, invoice.id, 18) == [other]

    async def recorded(
        self, organization_id: OrganizationId, invoice_id: InvoiceId, number: int
    ) -> list[AuthorizationRequest]:
        async with self.store.transaction(a_context(organization_id)) as transaction:
            return list(await transaction.recorded_requests(invoice_id, number))

    async def test_a_held_task_may_go_on_and_is_finished_with_the_commit(self) -> None:
        organization_id = await self.a_tenant()
        context = await self.task_context(organization_id, held=3, claimed=3)

        async with self.store.transaction(context) as transaction:
            await transaction.hold_task()
            transaction.finish_task()

        await self.check_finished(context)

    @abstractmethod
    async def check_finished(self, context: CommandContext) -> None:
        """Assert that the task of a context is done."""

    async def test_a_task_that_was_lost_stops_the_command(self) -> None:
        organization_id = await self.a_tenant()
        context = await self.task_context(organization_id, held=4, claimed=3)

        with pytest.raises(LeaseLostError):
            async with self.store.transaction(context) as transaction:
                await transaction.hold_task()

    async def test_a_task_that_was_lost_takes_its_effect_back(self) -> None:
        organization_id = await self.a_tenant()
        invoice = await self.stored(organization_id)
        context = await self.task_context(organization_id, held=4, claimed=3)

        with pytest.raises(LeaseLostError):
            async with self.store.transaction(context) as transaction:
                await transaction.save(invoice.submit(1, TODAY, at=MORNING))
                transaction.finish_task()

        assert await self.store.get(organization_id, invoice.id) == invoice

    async def task_context(
        self, organization_id: OrganizationId, *, held: int, claimed: int
    ) -> CommandContext:
        task_id = await self.with_task(organization_id, held)
        return a_task_context(organization_id, task_id=task_id, fencing_token=claimed)

    async def test_invoices_are_listed_newest_first_page_by_page(self) -> None:
        organization_id = await self.a_tenant()
        invoices = [await self.stored(organization_id) for _ in range(5)]
        await self.stored(await self.a_tenant())

        first = await self.store.list(organization_id, InvoiceFilter(), PageRequest(3))
        second = await self.store.list(
            organization_id, InvoiceFilter(), PageRequest(3, first.next_after)
        )

        assert [*first.items, *second.items] == invoices[::-1]
        assert second.next_after is None

    async def test_a_page_that_is_just_full_is_the_last(self) -> None:
        organization_id = await self.a_tenant()
        await self.stored(organization_id)

        page = await self.store.list(organization_id, InvoiceFilter(), PageRequest(1))

        assert (len(page.items), page.next_after) == (1, None)

    async def test_lists_are_narrowed_by_state_job_and_time(self) -> None:
        organization_id = await self.a_tenant()
        days = [MORNING - timedelta(days=age) for age in (2, 1, 0)]
        old, failed, new = [
            await self.stored(organization_id, id=InvoiceId(id_at(day))) for day in days
        ]
        async with self.store.transaction(a_context(organization_id)) as transaction:
            await transaction.save(failed.fail(A_FAILURE, MORNING))

        filters = [
            InvoiceFilter(fiscal_states=frozenset({FiscalState.FAILED})),
            InvoiceFilter(job_id=old.job_id),
            InvoiceFilter(since=days[1]),
            InvoiceFilter(until=days[1]),
            InvoiceFilter(since=days[1] + timedelta(microseconds=1)),
            InvoiceFilter(since=days[1], until=days[2]),
        ]
        found = [
            [invoice.id for invoice in page.items]
            for page in [
                await self.store.list(organization_id, wanted, PageRequest()) for wanted in filters
            ]
        ]

        assert found == [
            [failed.id],
            [old.id],
            [new.id, failed.id],
            [old.id],
            [new.id],
            [failed.id],
        ]
