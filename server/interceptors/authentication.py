"""Who calls, by the bearer token; methods that anybody may call are not asked for one."""

from collections.abc import Awaitable

from server.caller import Caller, set_current_caller
from server.calls import Call, Interceptor
from server.errors import UnauthenticatedError
from server.tokens import TokenVerifier

_SCHEME = "bearer "


class TokenMissingError(UnauthenticatedError):
    """The call came without a token."""

    reason = "TOKEN_MISSING"

    def __init__(self) -> None:
        super().__init__("This method needs a token: `authorization: Bearer <token>`.")


class AuthenticationInterceptor(Interceptor):
    """Turns the token into a Caller; one that was seen before costs a look into a dictionary."""

    def __init__(self, tokens: TokenVerifier, public: frozenset[str]) -> None:
        self._tokens = tokens
        self._public = public

    def begin(self, call: Call) -> Awaitable[None] | None:
        if call.method.path in self._public:
            return None
        header = call.header("authorization")
        if header[: len(_SCHEME)].lower() != _SCHEME:
            raise TokenMissingError
        token = header[len(_SCHEME) :].strip()
        caller = self._tokens.remembered(token)
        if caller is None:
            return self._verify(call, token)
        _accept(call, caller)
        return None

    async def _verify(self, call: Call, token: str) -> None:
        _accept(call, await self._tokens.verify(token))


def _accept(call: Call, caller: Caller) -> None:
    call.organization_id = caller.organization
    set_current_caller(caller)
