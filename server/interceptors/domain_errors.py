"""Errors of the domain become statuses; of what nobody foresaw a caller learns only the id."""

from server.calls import Call, Interceptor
from server.errors import refusal_of


class DomainErrorInterceptor(Interceptor):
    """Decides what the caller of a refused call is told."""

    def failed(self, call: Call, error: Exception) -> None:
        call.error = error
        call.refusal = refusal_of(error, call.request_id)
        call.code = call.refusal.code
        call.reason = call.refusal.reason
