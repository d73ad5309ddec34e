"""Calls over TLS."""

from datetime import UTC, datetime, timedelta

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from campotech.jobs.v1 import jobs_pb2_grpc
from campotech_client import CampoTech, RetryPolicy
from campotech_client.errors import UnavailableError
from campotech_client.resources import Job
from tests.integration.client.in_memory_jobs import InMemoryJobs

ONCE = RetryPolicy(max_attempts=1)


def certificate_of_localhost() -> tuple[bytes, bytes]:
    """Return a private key and the certificate that it signed itself, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, certificate.public_bytes(Encoding.PEM)


async def test_only_a_server_with_a_known_certificate_is_talked_to() -> None:
    key, certificate = certificate_of_localhost()
    jobs = InMemoryJobs()  # type: ignore[abstract]  # it leaves the other methods out
    server = grpc.aio.server()
    jobs_pb2_grpc.add_JobServiceServicer_to_server(jobs, server)
    credentials = grpc.ssl_server_credentials([(key, certificate)])
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()

    async with CampoTech(
        f"localhost:{port}", secure=True, root_certificates=certificate
    ) as trusting:
        created = await trusting.jobs.create(Job())
    async with CampoTech(f"localhost:{port}", secure=True, retries=ONCE) as suspicious:
        with pytest.raises(UnavailableError):
            await suspicious.jobs.create(Job())

    assert created.number == 1
    assert len(jobs.jobs) == 1
    await server.stop(0)
