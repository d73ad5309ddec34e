"""The same SDK for scripts without asyncio: every call waits, and every list is an ordinary one."""

from campotech_client.blocking.client import CampoTech
from campotech_client.blocking.listings import BlockingListing
from campotech_client.blocking.phone import BlockingPhone
from campotech_client.blocking.watches import BlockingWatch

__all__ = ["BlockingListing", "BlockingPhone", "BlockingWatch", "CampoTech"]
