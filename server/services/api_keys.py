"""ApiKeyService: parse, call the use case, print the answer."""

from campotech.directory.v1 import api_keys_pb2, api_keys_pb2_grpc
from domain.api_keys.ports import ApiKeyStore
from domain.api_keys.secret import SecretSource
from domain.api_keys.use_cases.create_api_key import CreateApiKey, create_api_key
from domain.api_keys.use_cases.revoke_api_key import RevokeApiKey, revoke_api_key
from domain.clock import Clock
from domain.identifiers import IdSource
from server.caller import command_context, current_caller
from server.calls import ServicerContext
from server.pagination import next_page_token, parse_page
from server.resource_names import API_KEYS, parse_parent
from server.services.api_key_messages import api_key_to_proto
from server.services.directory_messages import ROLES_BY_NUMBER
from server.timestamps import timestamp_from_proto


class ApiKeyService(api_keys_pb2_grpc.ApiKeyServiceServicer):
    """The keys with which programs of the caller's organisation call."""

    def __init__(
        self, keys: ApiKeyStore, clock: Clock, ids: IdSource, *, secrets: SecretSource
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._ids = ids
        self._secrets = secrets

    async def CreateApiKey(
        self, request: api_keys_pb2.CreateApiKeyRequest, context: ServicerContext
    ) -> api_keys_pb2.CreateApiKeyResponse:
        parse_parent(request.parent, within=current_caller().organization_id)
        wanted = request.api_key
        expires_at = None
        if wanted.HasField("expire_time"):
            expires_at = timestamp_from_proto(wanted.expire_time, field="api_key.expire_time")
        created = await create_api_key(
            self._keys,
            self._clock,
            self._ids,
            secrets=self._secrets,
            context=command_context(request.request_id),
            command=CreateApiKey(
                display_name=wanted.display_name,
                roles=frozenset(ROLES_BY_NUMBER[role] for role in wanted.roles),
                expires_at=expires_at,
            ),
        )
        return api_keys_pb2.CreateApiKeyResponse(
            api_key=api_key_to_proto(created.key, self._clock.now()),
            secret=created.secret.text if created.secret else "",
        )

    async def ListApiKeys(
        self, request: api_keys_pb2.ListApiKeysRequest, context: ServicerContext
    ) -> api_keys_pb2.ListApiKeysResponse:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        page = await self._keys.list(organization_id, parse_page(request, organization_id))
        now = self._clock.now()
        return api_keys_pb2.ListApiKeysResponse(
            api_keys=[api_key_to_proto(key, now) for key in page.items],
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )

    async def RevokeApiKey(
        self, request: api_keys_pb2.RevokeApiKeyRequest, context: ServicerContext
    ) -> api_keys_pb2.RevokeApiKeyResponse:
        key_id = API_KEYS.parse(request.name, within=current_caller().organization_id)
        key = await revoke_api_key(
            self._keys,
            self._clock,
            context=command_context(request.request_id),
            command=RevokeApiKey(key_id=key_id),
        )
        return api_keys_pb2.RevokeApiKeyResponse(api_key=api_key_to_proto(key, self._clock.now()))
