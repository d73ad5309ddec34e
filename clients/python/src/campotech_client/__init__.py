"""The SDK of CampoTech: typed, asynchronous, with deadlines, repeats and streams that resume."""

from campotech_client.client import CampoTech
from campotech_client.connection import new_request_id
from campotech_client.errors import CampoTechError
from campotech_client.phone.phone import Phone
from campotech_client.phone.position import Position
from campotech_client.retries import RetryPolicy
from campotech_client.tokens import TokenProvider

__all__ = [
    "CampoTech",
    "CampoTechError",
    "Phone",
    "Position",
    "RetryPolicy",
    "TokenProvider",
    "new_request_id",
]
