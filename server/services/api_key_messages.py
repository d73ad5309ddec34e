"""API keys between the contract and the domain; no digest is printed."""

from datetime import datetime

from campotech.directory.v1 import api_key_pb2
from domain.api_keys.api_key import ApiKey, ApiKeyState
from server.etags import etag_of
from server.resource_names import API_KEYS
from server.services.directory_messages import ROLES
from server.timestamps import timestamp_to_proto

STATES = {state: api_key_pb2.ApiKey.State.Value(f"STATE_{state}") for state in ApiKeyState}


def api_key_to_proto(key: ApiKey, now: datetime) -> api_key_pb2.ApiKey:
    """Print a key."""
    return api_key_pb2.ApiKey(
        name=API_KEYS.name(key.organization_id, key.id),
        display_name=key.display_name,
        roles=sorted(ROLES[role] for role in key.roles),
        expire_time=timestamp_to_proto(key.expires_at),
        state=STATES[key.state(now)],
        prefix=key.prefix,
        revoke_time=timestamp_to_proto(key.revoked_at),
        create_time=timestamp_to_proto(key.created_at),
        update_time=timestamp_to_proto(key.updated_at),
        etag=etag_of(key.version),
    )
