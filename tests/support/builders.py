"""Valid things with whatever a test wants to be particular about them."""

from datetime import UTC, datetime
from typing import Any

from domain.addresses import Address, Coordinates
from domain.blobs.blob import BlobContent, ContentType
from domain.commands import Actor, CommandContext, Role
from domain.directory.customer import Customer
from domain.directory.fiscal_profile import CondicionIva, FiscalProfile
from domain.directory.member import Member
from domain.directory.organization import Organization
from domain.identifiers import CustomerId, JobId, MemberId, MessageId, OrganizationId, birth_time
from domain.jobs.job import Job
from domain.jobs.job_proof import JobProof, ProofKind, ProofUpload
from domain.jobs.price_line import PriceLine
from domain.messaging.message import Direction, Message, MessageKind, MessageState
from domain.messaging.templates import JOB_COMPLETED_INVOICE
from domain.money import Money
from tests.support.clocks import MORNING, new_id

VALID_CUIT = "30712345671"
AN_ADDRESS = Address(
    street_address="Av. Corrientes 1234, 5° B",
    locality="Balvanera",
    province="Ciudad Autónoma de Buenos Aires",
    postal_code="1043",
    coordinates=Coordinates(-346037000, -583816000),
)
PARAMETERS = ("Ana", "17", "Factura B 00002-00000017", "75123456789012", "$ 121.000,00")


def an_organization_id() -> OrganizationId:
    return OrganizationId(new_id())


def an_actor(*roles: Role, member_id: MemberId | None = None) -> Actor:
    wanted = frozenset(roles or (Role.DISPATCHER,))
    return Actor(subject=str(member_id or "somebody"), roles=wanted, member_id=member_id)


def a_context(organization_id: OrganizationId | None = None, **particular: Any) -> CommandContext:
    values: dict[str, Any] = {
        "organization_id": organization_id or an_organization_id(),
        "actor": an_actor(),
        "correlation_id": "test",
        **particular,
    }
    return CommandContext(**values)


def a_fiscal_profile(**particular: Any) -> FiscalProfile:
    values: dict[str, Any] = {
        "cuit": VALID_CUIT,
        "legal_name": "Plomería San Martín S.R.L.",
        "condicion_iva": CondicionIva.RESPONSABLE_INSCRIPTO,
        "punto_de_venta": 2,
        "trade_address": AN_ADDRESS,
        **particular,
    }
    return FiscalProfile(**values)


def an_organization(**particular: Any) -> Organization:
    organization_id = particular.pop("id", None) or an_organization_id()
    born = birth_time(organization_id)
    values: dict[str, Any] = {
        "id": organization_id,
        "display_name": "Plomería San Martín",
        "fiscal_profile": a_fiscal_profile(),
        "created_at": born,
        "updated_at": born,
        **particular,
    }
    return Organization(**values)


def a_member(organization_id: OrganizationId, **particular: Any) -> Member:
    member_id = particular.pop("id", None) or MemberId(new_id())
    born = birth_time(member_id)
    values: dict[str, Any] = {
        "id": member_id,
        "organization_id": organization_id,
        "display_name": "Tomás Técnico",
        "roles": frozenset({Role.TECHNICIAN}),
        "subject": str(member_id),
        "created_at": born,
        "updated_at": born,
        **particular,
    }
    return Member(**values)


def a_customer(organization_id: OrganizationId, **particular: Any) -> Customer:
    customer_id = particular.pop("id", None) or CustomerId(new_id())
    born = birth_time(customer_id)
    values: dict[str, Any] = {
        "id": customer_id,
        "organization_id": organization_id,
        "display_name": "Ana Clienta",
        "phone_number": "+5491155550123",
        "address": AN_ADDRESS,
        "created_at": born,
        "updated_at": born,
        **particular,
    }
    return Customer(**values)


def a_job(organization_id: OrganizationId | None = None, **particular: Any) -> Job:
    job_id = particular.pop("id", None) or JobId(new_id())
    born = birth_time(job_id)
    values: dict[str, Any] = {
        "id": job_id,
        "organization_id": organization_id or an_organization_id(),
        "number": 1,
        "customer_id": CustomerId(new_id()),
        "description": "Pierde la canilla de la cocina",
        "service_address": AN_ADDRESS,
        "price": Money(12_100_000),
        "created_at": born,
        "updated_at": born,
        **particular,
    }
    return Job(**values)


def a_proof(**particular: Any) -> JobProof:
    values: dict[str, Any] = {
        "id": new_id(),
        "kind": ProofKind.PHOTO,
        "content_type": ContentType.JPEG,
        "content": BlobContent(size_bytes=2_000_000, sha256="0" * 64),
        "author": "somebody",
        "confirmed_at": MORNING,
        **particular,
    }
    return JobProof(**values)


def a_proof_upload(job: Job, **particular: Any) -> ProofUpload:
    upload_id = particular.pop("id", new_id())
    values: dict[str, Any] = {
        "id": upload_id,
        "organization_id": job.organization_id,
        "job_id": job.id,
        "kind": ProofKind.SIGNATURE,
        "content_type": ContentType.PNG,
        "content": BlobContent(size_bytes=9_000, sha256="f" * 64),
        "author": "somebody",
        "created_at": birth_time(upload_id),
        **particular,
    }
    return ProofUpload(**values)


def a_price_line(**particular: Any) -> PriceLine:
    values: dict[str, Any] = {
        "description": "Flexible de 40 cm",
        "quantity_thousandths": 1000,
        "unit_price": Money(12_100),
        **particular,
    }
    return PriceLine(**values)


def a_message(organization_id: OrganizationId | None = None, **particular: Any) -> Message:
    message_id = particular.pop("id", None) or MessageId(new_id())
    values: dict[str, Any] = {
        "id": message_id,
        "organization_id": organization_id or an_organization_id(),
        "customer_id": CustomerId(new_id()),
        "direction": Direction.OUTBOUND,
        "kind": MessageKind.TEMPLATE,
        "state": MessageState.QUEUED,
        "body": JOB_COMPLETED_INVOICE.render(PARAMETERS),
        "phone_number": "+5491155550123",
        "template_name": JOB_COMPLETED_INVOICE.name,
        "template_language": JOB_COMPLETED_INVOICE.language,
        "template_parameters": PARAMETERS,
        "created_at": birth_time(message_id),
        "updated_at": datetime.now(UTC),
        **particular,
    }
    return Message(**values)


def an_inbound_message(customer: Customer, **particular: Any) -> Message:
    """Return what a customer wrote, under a wamid of its own."""
    message_id = particular.pop("id", None) or MessageId(new_id())
    values: dict[str, Any] = {
        "id": message_id,
        "customer_id": customer.id,
        "direction": Direction.INBOUND,
        "kind": MessageKind.TEXT,
        "content_type": "text",
        "state": MessageState.SENT,
        "body": "Hola, ¿a qué hora vienen?",
        "phone_number": customer.phone_number,
        "wamid": f"wamid.{message_id.hex}",
        "sent_at": birth_time(message_id),
        "template_name": "",
        "template_language": "",
        "template_parameters": (),
        **particular,
    }
    return a_message(customer.organization_id, **values)
