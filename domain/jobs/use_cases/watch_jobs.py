"""A dispatcher's screen follows the jobs, and goes on where it was after a cut."""

from collections.abc import AsyncGenerator, Awaitable, Callable

from domain.commands import Actor
from domain.identifiers import OrganizationId
from domain.jobs.events import EventBatch
from domain.jobs.ports import JobStore

BATCH_SIZE = 200


async def watch_jobs(
    store: JobStore,
    actor: Actor,
    *,
    organization_id: OrganizationId,
    after: int | None,
    wait_for_news: Callable[[], Awaitable[bool]],
) -> AsyncGenerator[EventBatch, None]:
    """Yield batches of events after a number, without end; an empty batch is a sign of life.

    `wait_for_news` returns True when there may be something new and False after the heartbeat's
    interval: its hints may come too often or be lost, which costs time and loses nothing. Raises
    CursorExpiredError.
    """
    number = await store.last_event_number(organization_id) if after is None else after
    # Before the stream begins, so that a cursor which cannot go on is refused at once.
    batch = await store.events_after(organization_id, number, BATCH_SIZE)
    yield EventBatch((), number)
    is_quiet = False
    while True:
        if is_quiet or batch.last_number != number:
            yield _visible_to(actor, batch)
        number = batch.last_number
        is_quiet = not batch.has_more and not await wait_for_news()
        batch = await store.events_after(organization_id, number, BATCH_SIZE)


def _visible_to(actor: Actor, batch: EventBatch) -> EventBatch:
    return EventBatch(
        tuple(event for event in batch.events if event.is_told_to(actor)),
        batch.last_number,
    )
