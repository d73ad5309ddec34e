"""Who may do what, in memory: what a test says of members, and the news of it."""

import asyncio
from datetime import timedelta
from typing import Any

from domain.commands import Role
from domain.directory.standing import Bookmark, Standing, StandingNews
from domain.errors import TemporaryError
from domain.identifiers import MemberId, OrganizationId
from tests.support.clocks import MORNING, new_id

SUBJECT = "auth0|juana"
_TICK = timedelta(microseconds=1)


def a_standing(organization_id: OrganizationId, **particular: Any) -> Standing:
    values: dict[str, Any] = {
        "organization_id": organization_id,
        "member_id": MemberId(new_id()),
        "subject": SUBJECT,
        "roles": frozenset({Role.DISPATCHER}),
        **particular,
    }
    return Standing(**values)


class InMemoryStandings:
    """The domain's Standings; a page of its news holds `most_news`."""

    def __init__(self, *standings: Standing, most_news: int = 2) -> None:
        self.asked = 0
        self.is_away = False
        self.was_read_up = asyncio.Event()
        self._known = list(standings)
        self._news: list[Standing] = []
        self._most_news = most_news

    def change(self, standing: Standing) -> None:
        """Give a member another standing."""
        self._known = [each for each in self._known if each.member_id != standing.member_id]
        self._known.append(standing)
        self._news.append(standing)
        self.was_read_up.clear()

    async def standing(self, organization_id: OrganizationId, subject: str) -> Standing | None:
        self.asked += 1
        self._check()
        for each in self._known:
            if each.organization_id == organization_id and subject in (
                each.subject,
                str(each.member_id),
            ):
                return each
        return None

    async def news(self, bookmark: Bookmark | None) -> StandingNews:
        self._check()
        read = len(self._news) if bookmark is None else (bookmark.changed_at - MORNING) // _TICK
        changed = self._news[read : read + self._most_news]
        has_more = read + len(changed) < len(self._news)
        if not has_more:
            self.was_read_up.set()
        return StandingNews(
            changed, Bookmark(MORNING + (read + len(changed)) * _TICK), has_more=has_more
        )

    def _check(self) -> None:
        if self.is_away:
            message = "The database is away."
            raise TemporaryError(message)
