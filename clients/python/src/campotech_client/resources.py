"""The resources and values that calls take and return, under short names, and how to make some."""

from decimal import Decimal

from google.type.latlng_pb2 import LatLng

from campotech.directory.v1.api_key_pb2 import ApiKey
from campotech.directory.v1.arca_connection_pb2 import ArcaConnection
from campotech.directory.v1.customer_pb2 import Customer
from campotech.directory.v1.member_pb2 import Member
from campotech.directory.v1.organization_pb2 import FiscalProfile, Organization
from campotech.directory.v1.whatsapp_connection_pb2 import WhatsAppConnection
from campotech.health.v1.system_health_pb2 import FeatureStatus, HealthStatus, SystemHealth
from campotech.invoicing.v1.invoice_pb2 import Invoice
from campotech.jobs.v1.job_pb2 import Job, JobEvent, PriceLine
from campotech.messaging.v1.conversation_pb2 import Conversation
from campotech.messaging.v1.message_pb2 import Message
from campotech.operations.v1.task_pb2 import Task
from campotech.tracking.v1.device_pb2 import Device
from campotech.tracking.v1.location_pb2 import LocationUpdate, TrackingPolicy
from campotech.type.v1.address_pb2 import Address
from campotech.type.v1.fiscal_pb2 import (
    CondicionIva,
    CondicionIvaReceptor,
    IdentityDocument,
    VatRate,
)
from campotech.type.v1.money_pb2 import Money

__all__ = [
    "Address",
    "ApiKey",
    "ArcaConnection",
    "CondicionIva",
    "CondicionIvaReceptor",
    "Conversation",
    "Customer",
    "Device",
    "FeatureStatus",
    "FiscalProfile",
    "HealthStatus",
    "IdentityDocument",
    "Invoice",
    "Job",
    "JobEvent",
    "LatLng",
    "LocationUpdate",
    "Member",
    "Message",
    "Money",
    "Organization",
    "PriceLine",
    "SystemHealth",
    "Task",
    "TrackingPolicy",
    "VatRate",
    "WhatsAppConnection",
    "pesos",
]

CENTAVOS_PER_PESO = 100


def pesos(amount: Decimal | int | str) -> Money:
    """Return an amount of pesos as money: `pesos("121000.50")`.

    Raises ValueError for parts of a centavo. Floats are not taken: they cannot hold centavos.
    """
    centavos = Decimal(amount) * CENTAVOS_PER_PESO
    if centavos != centavos.to_integral_value():
        raise ValueError(f"{amount} pesos are no whole number of centavos.")
    return Money(currency_code="ARS", amount_minor=int(centavos))
