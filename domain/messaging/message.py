"""A WhatsApp message between a business and one of its customers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from domain.identifiers import CustomerId, JobId, MessageId, OrganizationId

CONFIRMATION_PATIENCE = timedelta(hours=1)
"""How long a send whose answer was lost may wait for WhatsApp's word before it counts as failed."""

WORTH_SENDING_FOR = timedelta(hours=24)
"""How long after it was written a message is still sent: later it would mislead its reader."""


class Direction(StrEnum):
    INBOUND = "INBOUND"
    OUTBOUND = "OUTBOUND"


class MessageKind(StrEnum):
    TEMPLATE = "TEMPLATE"
    TEXT = "TEXT"
    OTHER = "OTHER"
    """What a customer sends besides text: a photo, a voice note, a place."""


class MessageState(StrEnum):
    QUEUED = "QUEUED"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"


RANKS: Mapping[MessageState, int] = {
    MessageState.QUEUED: 0,
    MessageState.SENT: 1,
    MessageState.DELIVERED: 2,
    MessageState.FAILED: 3,
    MessageState.READ: 4,
}
"""How far each state is: WhatsApp tells them in any order, and the furthest is what holds."""

NEVER_CONFIRMED_CODE = "UNKNOWN_OUTCOME"
"""The failure that is a guess of ours: whatever WhatsApp says afterwards is truer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """What a customer shall be told by template; `parameters` fill its blanks in order."""

    customer_id: CustomerId
    phone_number: str
    template_name: str
    language: str
    parameters: tuple[str, ...]
    job_id: JobId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a message will not be delivered: a code, and what a dispatcher reads (in Spanish)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: MessageId
    organization_id: OrganizationId
    customer_id: CustomerId
    direction: Direction
    kind: MessageKind
    state: MessageState
    body: str
    phone_number: str
    created_at: datetime
    updated_at: datetime
    job_id: JobId | None = None
    template_name: str = ""
    template_language: str = ""
    template_parameters: tuple[str, ...] = ()
    content_type: str = ""
    """WhatsApp's word for what a customer sent: `text`, `image`, `audio`, …"""
    wamid: str = ""
    failure: Failure | None = None
    sending_since: datetime | None = None
    """When a send began whose outcome is unknown; None while none is."""
    sent_at: datetime | None = None
    version: int = 1

    def begin_sending(self, at: datetime) -> Self:
        """Note that WhatsApp may have the message from now on."""
        return replace(self._changed(at), sending_since=at)

    def sending_failed_before_arrival(self, at: datetime) -> Self:
        """Note that WhatsApp surely does not have the message: it may be sent again."""
        return replace(self._changed(at), sending_since=None)

    def taken(self, wamid: str, at: datetime) -> Self:
        """Note that WhatsApp took the message and named it, unless more is known by now."""
        return self.advanced(MessageState.SENT, at, wamid=wamid)

    def advanced(
        self,
        state: MessageState,
        now: datetime,
        *,
        wamid: str = "",
        told_at: datetime | None = None,
        failure: Failure | None = None,
    ) -> Self:
        """Note how far the message has come; return it as it is if that was known.

        `told_at` is when it came so far by WhatsApp's clock.
        """
        is_further = RANKS[state] > self._rank
        if not is_further and self.wamid:
            return self
        return replace(
            self._changed(now),
            state=state if is_further else self.state,
            failure=failure if is_further else self.failure,
            wamid=self.wamid or wamid,
            sent_at=self.sent_at or (None if failure else told_at or now),
            sending_since=None,
        )

    @property
    def _rank(self) -> int:
        is_guess = self.failure is not None and self.failure.code == NEVER_CONFIRMED_CODE
        return RANKS[MessageState.QUEUED if is_guess else self.state]

    def failed(self, failure: Failure, at: datetime) -> Self:
        """Note that the message will not be delivered."""
        return replace(
            self._changed(at), state=MessageState.FAILED, failure=failure, sending_since=None
        )

    def is_past_patience(self, now: datetime) -> bool:
        """Whether WhatsApp has kept silent about an unconfirmed send for too long."""
        return self.sending_since is not None and now - self.sending_since >= CONFIRMATION_PATIENCE

    def is_too_late(self, at: datetime) -> bool:
        """Whether a customer should not be told this any more."""
        return at - self.created_at >= WORTH_SENDING_FOR

    def _changed(self, at: datetime) -> Self:
        return replace(self, version=self.version + 1, updated_at=at)
