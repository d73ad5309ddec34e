"""The keys with which programs of the business call."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from campotech.directory.v1 import api_keys_pb2, api_keys_pb2_grpc
from campotech.directory.v1.api_key_pb2 import ApiKey
from campotech.directory.v1.member_pb2 import Member
from campotech_client.connection import Connection, new_request_id
from campotech_client.listings import Listing, Page


class CreatedApiKey(NamedTuple):
    """A key and its secret, which nothing tells a second time."""

    key: ApiKey
    secret: str
    """What `CampoTech(address, token=…)` takes; empty where a repeat found the key there."""


class ApiKeysClient:
    """Creates, lists and revokes; for owners."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = api_keys_pb2_grpc.ApiKeyServiceStub(connection.channel)

    async def create(
        self,
        display_name: str,
        *,
        roles: Iterable["Member.Role.ValueType"],
        expires_at: datetime | None = None,
        parent: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> CreatedApiKey:
        """Create a key of an owner's or a dispatcher's roles, and return its secret this once.

        Raises InvalidInputError (API_KEY_EXPIRES_TOO_SOON), PreconditionError (API_KEYS_FULL),
        PermissionDeniedError (PERSON_REQUIRED).
        """
        key = ApiKey(display_name=display_name, roles=roles)
        if expires_at is not None:
            key.expire_time.FromDatetime(expires_at)
        response = await self._connection.call(
            self._stub.CreateApiKey,
            api_keys_pb2.CreateApiKeyRequest(
                parent=parent, api_key=key, request_id=request_id or new_request_id()
            ),
            timeout_seconds=timeout_seconds,
        )
        return CreatedApiKey(response.api_key, response.secret)

    def list(
        self, *, parent: str = "", page_size: int = 0, timeout_seconds: float | None = None
    ) -> Listing[ApiKey]:
        """List keys, the newest first, revoked ones too."""

        async def fetch(page_token: str) -> Page[ApiKey]:
            response = await self._connection.call(
                self._stub.ListApiKeys,
                api_keys_pb2.ListApiKeysRequest(
                    parent=parent, page_size=page_size, page_token=page_token
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.api_keys, response.next_page_token)

        return Listing(fetch)

    async def revoke(
        self, name: str, *, request_id: str | None = None, timeout_seconds: float | None = None
    ) -> ApiKey:
        """Take a key back for good; within 5 seconds no server lets it in.

        Raises NotFoundError (API_KEY_NOT_FOUND).
        """
        request = api_keys_pb2.RevokeApiKeyRequest(
            name=name, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.RevokeApiKey, request, timeout_seconds=timeout_seconds
        )
        return response.api_key
