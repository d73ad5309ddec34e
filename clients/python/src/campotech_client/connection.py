"""Makes calls: token, deadline, repeats that keep the request id, and typed errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import uuid4

import grpc

from campotech_client.errors import CampoTechError, UnauthenticatedError
from campotech_client.retries import RetryPolicy, may_succeed_later
from campotech_client.statuses import deadline_exceeded, error_of
from campotech_client.tokens import TokenSource

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")
CallMetadata = Sequence[tuple[str, str]]

DEFAULT_TIMEOUT_SECONDS = 20.0


def new_request_id() -> str:
    """Return an id for one command; a repeat of the command carries the same one."""
    return str(uuid4())


class Connection:
    """One channel with the token and the habits of all calls over it."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        tokens: TokenSource,
        *,
        retries: RetryPolicy,
        timeout_seconds: float,
    ) -> None:
        self.channel = channel
        self.retries = retries
        self._tokens = tokens
        self._timeout_seconds = timeout_seconds

    async def call(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[RequestT, ResponseT],
        request: RequestT,
        *,
        timeout_seconds: float | None,
    ) -> ResponseT:
        """Make one logical call, in as many attempts as its time allows.

        Every attempt sends the very same message, and with it the same request id.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (
            self._timeout_seconds if timeout_seconds is None else timeout_seconds
        )

        async def attempt(metadata: CallMetadata) -> ResponseT:
            remaining = deadline - loop.time()
            if remaining <= 0:
                raise deadline_exceeded()
            return await method(request, timeout=remaining, metadata=metadata)

        failures = 0
        while True:
            try:
                return await self.authorised(attempt)
            except CampoTechError as error:
                pause = self.retries.pause_seconds(failures, asked_for=error.retry_after_seconds)
                failures += 1
                is_last = failures >= self.retries.max_attempts
                if is_last or not may_succeed_later(error) or loop.time() + pause >= deadline:
                    raise
                await asyncio.sleep(pause)

    async def authorised(
        self, attempt: Callable[[CallMetadata], Awaitable[ResponseT]]
    ) -> ResponseT:
        """Run one attempt with the token; once more with another one if it was refused."""
        token = await self._tokens.current()
        try:
            return await _translated(attempt, token)
        except UnauthenticatedError:
            if not await self._tokens.renewed(token):
                raise
        return await _translated(attempt, await self._tokens.current())


async def _translated(
    attempt: Callable[[CallMetadata], Awaitable[ResponseT]], token: str | None
) -> ResponseT:
    try:
        return await attempt(() if token is None else (("authorization", f"Bearer {token}"),))
    except grpc.aio.AioRpcError as raised:
        raise error_of(raised) from raised
