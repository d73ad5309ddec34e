"""Who calls: what a verified token says, as handlers read it while they serve the call."""

from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from domain.commands import Actor, CommandContext, Role
from domain.errors import InvalidInputError
from domain.identifiers import OrganizationId, RequestId
from server.calls import current_call


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A verified token: one subject in one organisation until `expires_at` (Unix time)."""

    organization_id: OrganizationId
    actor: Actor
    expires_at: float
    organization: str = ""
    """The organisation's id as text, for logs and limits: made once and not at every call."""
    key: str = ""
    """Who it is among all callers, as text: limits are kept by it."""
    api_key_digest: bytes = b""
    """By which the API key is known that they call with; empty for a token."""
    is_ended: bool = False
    """Whether they have left the organisation; then the token is good for nothing."""

    @property
    def is_admin(self) -> bool:
        """Whether this is the platform's own staff, who may name any organisation."""
        return Role.ADMIN in self.actor.roles


_CALLER: ContextVar[Caller] = ContextVar("caller")


def set_current_caller(caller: Caller) -> None:
    """Say who makes the call that this task serves."""
    _CALLER.set(caller)


def current_caller() -> Caller:
    """Return who makes this call; methods that need no token have no caller (LookupError)."""
    return _CALLER.get()


def caller_if_known() -> Caller | None:
    """Return who makes this call, None for a method that needs no token."""
    return _CALLER.get(None)


def command_context(
    request_id: str = "", *, organization_id: OrganizationId | None = None
) -> CommandContext:
    """Return what surrounds the command of this call.

    The organisation is the caller's, unless the handler located another one for an admin.
    """
    caller = current_caller()
    call = current_call()
    return CommandContext(
        organization_id=organization_id or caller.organization_id,
        actor=caller.actor,
        request_id=parse_request_id(request_id),
        correlation_id=call.request_id,
        traceparent=call.traceparent,
    )


def parse_request_id(text: str) -> RequestId | None:
    """Return the caller's idempotency id, None where there is none."""
    if not text:
        return None
    try:
        return RequestId(UUID(text))
    except ValueError as error:
        raise InvalidInputError("A request_id is a UUID.", field="request_id") from error
