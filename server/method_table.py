"""Every method that a server has, found by its path.

The server itself is told of no method by name: grpcio waits for every registered method on its own
and, at each call, for all of them again, which makes a call dearer with each method that the
contract gains (60 µs at 40 methods).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import grpc

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # of whichever messages
Wrap: TypeAlias = Callable[[str, Handler], Handler]


class MethodTable(grpc.GenericRpcHandler):
    """Takes services from generated code as a server would, and wraps each method once."""

    def __init__(self, wrap: Wrap) -> None:
        self._wrap = wrap
        self._handlers: dict[str, Handler] = {}

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, Handler]
    ) -> None:
        for name, handler in method_handlers.items():
            path = f"/{service_name}/{name}"
            self._handlers[path] = self._wrap(path, handler)

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Sequence[object]) -> None:
        """Do nothing: generated code adds every service both ways."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "Handler | None":
        return self._handlers.get(handler_call_details.method)
