"""A whole platform on free ports, as `make run` starts it, and jobs of its demo business."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.own_api import MANY_CALLS_PER_SECOND, NO_CALL_LIMITS
from campotech_client import CampoTech
from campotech_client.resources import Address, Job, pesos
from cli.development_tokens import mint_token
from cli.local_platform.development_keys import DevelopmentKeys
from cli.local_platform.free_ports import settings_on_free_ports
from cli.local_platform.platform import LocalPlatform
from cli.local_servers.ports import HeldPorts
from cli.seed import DEMO_CUSTOMER_ID, DEMO_ORGANIZATION_ID, TECHNICIANS
from domain.commands import Role

PATIENT_PROVIDERS = {
    "CAMPOTECH_AFIP_CALLS_PER_MINUTE": "10000",
    "CAMPOTECH_AFIP_CALLS_PER_HOUR": "10000",
    "CAMPOTECH_WHATSAPP_PAIR_SECONDS": "1",
}
"""What is measured is ours, not how long ARCA's limits make us wait; the sandbox bears more."""
WORK = "Se cambió el flexible."
_ORGANIZATION = f"organizations/{DEMO_ORGANIZATION_ID}"


@asynccontextmanager
async def demo_platform(state_dir: Path) -> AsyncIterator[LocalPlatform]:
    """Yield a platform that answers."""
    with HeldPorts() as ports:
        settings = settings_on_free_ports(ports, state_dir).model_copy(
            update={"caller_calls_per_second": MANY_CALLS_PER_SECOND}
        )
        async with LocalPlatform(
            settings, environment={**PATIENT_PROVIDERS, **NO_CALL_LIMITS, **os.environ}
        ) as platform:
            await platform.wait_until_healthy()
            yield platform


def owner_token(keys: DevelopmentKeys) -> str:
    """Return a token of the demo business's owner."""
    return mint_token(
        keys, organization_id=DEMO_ORGANIZATION_ID, roles=[Role.OWNER], subject="benchmark"
    )


async def create_job(office: CampoTech) -> Job:
    """Create a job that waits for somebody."""
    return await office.jobs.create(
        Job(
            customer=f"{_ORGANIZATION}/customers/{DEMO_CUSTOMER_ID}",
            description="Cambiar flexible",
            service_address=Address(
                street_address="Av. Corrientes 1234", locality="Balvanera", province="CABA"
            ),
            price=pesos(45_000),
        )
    )


async def begin_job(office: CampoTech) -> Job:
    """Create a job and bring it so far that it can be completed."""
    job = await create_job(office)
    technician = f"{_ORGANIZATION}/members/{TECHNICIANS[0].id}"
    await office.jobs.assign(job.name, technician=technician)
    await office.jobs.start_travel(job.name)
    await office.jobs.arrive(job.name)
    return await office.jobs.start(job.name)
