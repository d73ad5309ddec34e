"""Which roles may call a method; what no table names is refused to everybody."""

from collections.abc import Mapping

from domain.commands import Role
from domain.errors import PermissionDeniedError
from server.caller import current_caller
from server.calls import Call, Interceptor


class RoleMissingError(PermissionDeniedError):
    """The caller has none of the roles that may call the method."""

    reason = "ROLE_MISSING"

    def __init__(self, allowed: frozenset[Role]) -> None:
        super().__init__(
            "Your role may not call this method.", allowed_roles=",".join(sorted(allowed))
        )


class AuthorisationInterceptor(Interceptor):
    """Compares the caller's roles with the table; resources are compared where names are read."""

    def __init__(self, roles: Mapping[str, frozenset[Role]], public: frozenset[str]) -> None:
        self._roles = roles
        self._public = public

    def begin(self, call: Call) -> None:
        if call.method.path in self._public:
            return
        allowed = self._roles.get(call.method.path, frozenset())
        if not allowed & current_caller().actor.roles:
            raise RoleMissingError(allowed)
