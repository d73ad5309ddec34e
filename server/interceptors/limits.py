"""Nobody takes the platform from the others: limits on calls and open streams."""

from collections.abc import Awaitable

from domain.limits.limit import CallLimitExceededError, StreamLimitExceededError
from server.call_limits import CallLimits
from server.caller import Caller, current_caller
from server.calls import Call, Interceptor
from server.errors import ServerFullError
from server.late_refusals import LateRefusals
from server.peers import Peers

# Asked every second by whoever balances the load: a refusal would take the process out.
_STANDARD_HEALTH = "grpc.health.v1.Health"
_FREE_SERVICES = frozenset(
    {
        _STANDARD_HEALTH,
        # Providers bring everything from a few addresses; their signature is what lets them in.
        "campotech.webhooks.v1.WebhookService",
    }
)
_CLOSE_ONE_SECONDS = 1.0
_FULL_SECONDS = 1.0


class LimitsInterceptor(Interceptor):
    """Counts calls by caller and organisation; of callers without a token, by address.

    And those that are under way in this process, whoever makes them.
    """

    def __init__(
        self,
        limits: CallLimits,
        peers: Peers,
        public: frozenset[str],
        *,
        max_streams: int,
        max_calls: int,
        late_refusals: LateRefusals,
    ) -> None:
        self._callers = limits.callers
        self._organizations = limits.organizations
        self._addresses = limits.addresses
        self._peers = peers
        self._public = public
        self._max_streams = max_streams
        self._max_calls = max_calls
        self._late_refusals = late_refusals
        self._calls = 0
        self._open_streams: dict[str, int] = {}

    def begin(self, call: Call) -> Awaitable[None] | None:
        try:
            if call.method.path in self._public:
                return self._begin_public(call)
            self._take_place(call)
            caller = current_caller()
            if call.method.is_stream:
                self._open_stream(call, caller.key)
            pending = self._callers.spend(caller.key)
            if pending is not None:
                return self._spend_both(pending, caller)
            return self._organizations.spend(caller.organization)
        except CallLimitExceededError as error:
            return self._late_refusals.refuse(call, error)

    def finished(self, call: Call) -> None:
        if call.has_place:
            self._calls -= 1
        owner = call.stream_owner
        if not owner:
            return
        left = self._open_streams[owner] - 1
        if left:
            self._open_streams[owner] = left
        else:
            del self._open_streams[owner]

    def _begin_public(self, call: Call) -> Awaitable[None] | None:
        service = call.method.service
        if service != _STANDARD_HEALTH:
            self._take_place(call)
        address = self._peers.address_of(call)
        if call.method.is_stream:
            self._open_stream(call, address)
        if service in _FREE_SERVICES:
            return None
        return self._addresses.spend(address)

    async def _spend_both(self, pending: Awaitable[None], caller: Caller) -> None:
        await pending
        pending_too = self._organizations.spend(caller.organization)
        if pending_too is not None:
            await pending_too

    def _take_place(self, call: Call) -> None:
        if self._calls >= self._max_calls:
            raise ServerFullError(self._max_calls, retry_after_seconds=_FULL_SECONDS)
        self._calls += 1
        call.has_place = True

    def _open_stream(self, call: Call, owner: str) -> None:
        count = self._open_streams.get(owner, 0)
        if count >= self._max_streams:
            raise StreamLimitExceededError(
                self._max_streams, retry_after_seconds=_CLOSE_ONE_SECONDS
            )
        self._open_streams[owner] = count + 1
        call.stream_owner = owner
