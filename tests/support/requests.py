"""Requests of the contract that a server accepts, with whatever a test wants to be particular."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2, latlng_pb2

from campotech.directory.v1 import customer_pb2, directory_pb2, member_pb2, organization_pb2
from campotech.jobs.v1 import job_pb2, jobs_pb2
from campotech.tracking.v1 import device_pb2, location_pb2, locations_pb2
from campotech.type.v1 import address_pb2, fiscal_pb2, money_pb2
from tests.support.builders import VALID_CUIT

EPOCH = 1_760_000_000_000
_JOBS = count()


def pesos(amount_minor: int = 12_100_000, currency_code: str = "ARS") -> money_pb2.Money:
    return money_pb2.Money(currency_code=currency_code, amount_minor=amount_minor)


def a_place(
    latitude: float = -34.6037, longitude: float = -58.3816, *, postal_code: str = "C1043AAZ"
) -> address_pb2.Address:
    return address_pb2.Address(
        street_address="Av. Corrientes 1234, 5° B",
        locality="Balvanera",
        province="Ciudad Autónoma de Buenos Aires",
        postal_code=postal_code,
        location=latlng_pb2.LatLng(latitude=latitude, longitude=longitude),
    )


def a_moment(later: timedelta = timedelta()) -> Timestamp:
    moment = Timestamp()
    moment.FromDatetime(datetime.now(UTC).replace(microsecond=0) + later)
    return moment


def creating_job(customer: str, **particular: Any) -> jobs_pb2.CreateJobRequest:
    request_id, parent = particular.pop("request_id", ""), particular.pop("parent", "")
    # A time of its own, so that one technician can have all jobs of a test.
    begins = timedelta(hours=2) * next(_JOBS)
    values: dict[str, Any] = {
        "customer": customer,
        "description": "Pierde la canilla de la cocina",
        "service_address": a_place(),
        "scheduled_start_time": a_moment(begins),
        "scheduled_end_time": a_moment(begins + timedelta(hours=2)),
        "price": pesos(),
        **particular,
    }
    return jobs_pb2.CreateJobRequest(
        parent=parent, job=job_pb2.Job(**values), request_id=request_id
    )


def a_line(**particular: Any) -> job_pb2.PriceLine:
    values: dict[str, Any] = {
        "description": "Flexible de 40 cm",
        "quantity_thousandths": 1000,
        "unit_price": pesos(),
        **particular,
    }
    return job_pb2.PriceLine(**values)


def creating_organization(**particular: Any) -> directory_pb2.CreateOrganizationRequest:
    request_id = particular.pop("request_id", "")
    values: dict[str, Any] = {
        "display_name": "Plomería Sur",
        "fiscal_profile": a_profile(),
        **particular,
    }
    return directory_pb2.CreateOrganizationRequest(
        organization=organization_pb2.Organization(**values), request_id=request_id
    )


def a_profile(**particular: Any) -> organization_pb2.FiscalProfile:
    values: dict[str, Any] = {
        "cuit": VALID_CUIT,
        "legal_name": "Plomería Sur S.R.L.",
        "condicion_iva": fiscal_pb2.CONDICION_IVA_RESPONSABLE_INSCRIPTO,
        "punto_de_venta": 3,
        "trade_address": a_place(),
        "ingresos_brutos": "901-123456-7",
        "activity_start_date": date_pb2.Date(year=2019, month=3, day=1),
        **particular,
    }
    return organization_pb2.FiscalProfile(**values)


def creating_member(
    *roles: member_pb2.Member.Role.ValueType, **particular: Any
) -> directory_pb2.CreateMemberRequest:
    request_id, parent = particular.pop("request_id", ""), particular.pop("parent", "")
    values: dict[str, Any] = {
        "display_name": "Tomás Técnico",
        "email": "tomas@example.com",
        "phone_number": "+5491155550100",
        "roles": roles or [member_pb2.Member.ROLE_TECHNICIAN],
        **particular,
    }
    return directory_pb2.CreateMemberRequest(
        parent=parent, member=member_pb2.Member(**values), request_id=request_id
    )


def creating_customer(**particular: Any) -> directory_pb2.CreateCustomerRequest:
    request_id, parent = particular.pop("request_id", ""), particular.pop("parent", "")
    values: dict[str, Any] = {
        "display_name": "Ana Clienta",
        "phone_number": "+5491155550123",
        "email": "ana@example.com",
        "address": a_place(),
        **particular,
    }
    return directory_pb2.CreateCustomerRequest(
        parent=parent, customer=customer_pb2.Customer(**values), request_id=request_id
    )


def a_document(
    number: str,
    kind: fiscal_pb2.IdentityDocument.Type.ValueType = fiscal_pb2.IdentityDocument.TYPE_CUIT,
) -> fiscal_pb2.IdentityDocument:
    return fiscal_pb2.IdentityDocument(type=kind, number=number)


def registering_device(**particular: Any) -> locations_pb2.RegisterDeviceRequest:
    values: dict[str, Any] = {
        "device_label": "Moto G de Juana",
        "platform": device_pb2.Device.PLATFORM_ANDROID,
        "installation_id": str(uuid4()),
        "install_epoch": EPOCH,
        **particular,
    }
    return locations_pb2.RegisterDeviceRequest(**values)


def sending_fixes(
    device: str, *seqs: int, **particular: Any
) -> locations_pb2.StreamLocationsRequest:
    fixes = [a_sent_fix(seq, **particular) for seq in seqs or (1,)]
    batch = location_pb2.LocationBatch(device=device, install_epoch=EPOCH, fixes=fixes)
    return locations_pb2.StreamLocationsRequest(batch=batch)


def a_sent_fix(seq: int = 1, **particular: Any) -> location_pb2.Fix:
    values: dict[str, Any] = {
        "seq": seq,
        "recorded_at": a_moment(timedelta(seconds=min(seq, 60) - 60)),
        "latitude": -34.6037,
        "longitude": -58.3816,
        "accuracy_meters": 5.0,
        **particular,
    }
    return location_pb2.Fix(**values)
