"""Who calls, by the bearer token; methods that anybody may call are not asked for one."""

from collections.abc import Awaitable

from domain.limits.local_shares import LocalShares
from server.api_keys import ApiKeyVerifier, is_api_key_token
from server.caller import Caller, set_current_caller
from server.calls import Call, Interceptor
from server.errors import UnauthenticatedError
from server.peers import Peers
from server.tokens import TokenVerifier

_SCHEME = "bearer "


class TokenMissingError(UnauthenticatedError):
    """The call came without a token."""

    reason = "TOKEN_MISSING"

    def __init__(self) -> None:
        super().__init__("This method needs a token: `authorization: Bearer <token>`.")


class AuthenticationInterceptor(Interceptor):
    """Turns a JWT or an API key into a Caller; one that was seen before costs a look into a dict.

    Looking for a key that is not remembered asks the database, which is counted by the caller's
    address, so that nobody can guess keys at the others' cost.
    """

    def __init__(
        self,
        tokens: TokenVerifier,
        api_keys: ApiKeyVerifier,
        public: frozenset[str],
        *,
        addresses: LocalShares,
        peers: Peers,
    ) -> None:
        self._tokens = tokens
        self._api_keys = api_keys
        self._public = public
        self._addresses = addresses
        self._peers = peers

    def begin(self, call: Call) -> Awaitable[None] | None:
        if call.method.path in self._public:
            return None
        header = call.header("authorization")
        if header[: len(_SCHEME)].lower() != _SCHEME:
            raise TokenMissingError
        token = header[len(_SCHEME) :].strip()
        caller = self._tokens.remembered(token)
        if caller is None:
            return self._look_for(call, token)
        _accept(call, caller)
        return None

    def _look_for(self, call: Call, token: str) -> Awaitable[None] | None:
        if not is_api_key_token(token):
            return self._verify(call, token)
        caller = self._api_keys.remembered(token)
        if caller is None:
            return self._verify_api_key(call, token)
        _accept(call, caller)
        return None

    async def _verify(self, call: Call, token: str) -> None:
        _accept(call, await self._tokens.verify(token))

    async def _verify_api_key(self, call: Call, token: str) -> None:
        pending = self._addresses.spend(self._peers.address_of(call))
        if pending is not None:
            await pending
        _accept(call, await self._api_keys.verify(token))


def _accept(call: Call, caller: Caller) -> None:
    call.organization_id = caller.organization
    set_current_caller(caller)
