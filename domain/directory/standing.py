"""What the directory says of somebody who calls: who they are there, and what they may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.commands import Role
from domain.identifiers import MemberId, OrganizationId

_BEFORE_ANY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A member as far as it decides what they may do."""

    organization_id: OrganizationId
    member_id: MemberId
    subject: str
    roles: frozenset[Role]
    is_ended: bool = False


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far the news of standings was read."""

    changed_at: datetime
    member_id: UUID = _BEFORE_ANY


@dataclass(frozen=True, slots=True)
class StandingNews:
    """Whose standing changed, and from where to read on."""

    changed: Sequence[Standing]
    bookmark: Bookmark
    has_more: bool = False


class Standings(Protocol):
    """Who may do what, across organisations."""

    async def standing(self, organization_id: OrganizationId, subject: str) -> Standing | None:
        """Return the standing of who signs in with a subject, or with a member's own id.

        None if nobody of the organisation does.
        """
        ...

    async def news(self, bookmark: Bookmark | None) -> StandingNews:
        """Return what changed since an earlier answer; some of it was perhaps told before.

        Whatever is committed after the first answer, which tells nothing, is told by a later one.
        """
        ...
