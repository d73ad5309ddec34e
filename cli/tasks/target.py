"""Which platform the commands speak to, and for whom; free of the SDK, which a server lacks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

_NAME = re.compile(r"(organizations/[0-9a-f-]{36}/)?tasks/[0-9a-f-]{36}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class TaskNameError(ValueError):
    """A text names no task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the options before the command say."""

    edge: str | None = None
    token: str | None = None
    organization: UUID | None = None
    uses_tls: bool = False

    @property
    def parent(self) -> str:
        """Return the organisation as the API names it, empty for the token's own."""
        return f"organizations/{self.organization}" if self.organization else ""

    def name_of(self, text: str) -> str:
        """Return the name of a task that was given as an id or a name; raise TaskNameError."""
        if _NAME.fullmatch(text):
            return text
        if not _ID.fullmatch(text):
            raise TaskNameError(f"{text} is neither a task's id nor its name.")
        return f"{self.parent}/tasks/{text}" if self.parent else f"tasks/{text}"

    def names_of(self, texts: Sequence[str]) -> list[str]:
        """Do so for each of them."""
        return [self.name_of(text) for text in texts]
