"""What a certificate says, with whose key it goes, and how one is asked for."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from adapters.afip.certificates import X509Certificates, credentials_from
from domain.connections.arca_certificate import (
    ArcaCertificateInvalidError,
    ArcaPrivateKeyInvalidError,
    PrivateKey,
)
from tests.support.own_certificates import Key, a_certificate, an_rsa_key

RSA_KEY = an_rsa_key()


def certificate_pem(key: Key, cuit: str = "30712345671") -> str:
    return a_certificate(key, cuit).public_bytes(Encoding.PEM).decode()


def key_pem(key: Key) -> PrivateKey:
    return PrivateKey(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def test_a_certificate_says_whose_it_is_and_how_long_it_is_good() -> None:
    own = a_certificate(RSA_KEY)

    read = X509Certificates().read(certificate_pem(RSA_KEY), key_pem(RSA_KEY))

    assert (read.cuit, read.alias) == ("30712345671", "campotech")
    assert read.subject == own.subject.rfc4514_string()
    assert read.valid_from < read.expires_at
    assert read.pem.startswith("-----BEGIN CERTIFICATE-----")


def test_calls_are_counted_alike_for_a_certificate_and_for_the_one_that_renews_it() -> None:
    renewed_key = an_rsa_key()

    first = X509Certificates().read(certificate_pem(RSA_KEY), key_pem(RSA_KEY))
    renewed = X509Certificates().read(certificate_pem(renewed_key), key_pem(renewed_key))

    assert first.call_key == renewed.call_key
    assert first.fingerprint != renewed.fingerprint
    assert credentials_from(first.pem, key_pem(RSA_KEY)).alias == first.call_key


def test_a_certificate_without_a_cuit_names_nobody() -> None:
    pem = certificate_pem(RSA_KEY, cuit="none")

    assert X509Certificates().read(pem, key_pem(RSA_KEY)).cuit == ""


@pytest.mark.parametrize(
    "pem",
    ["", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "ñandú"],
    ids=["nothing", "damaged", "no PEM"],
)
def test_what_is_no_certificate_is_refused(pem: str) -> None:
    with pytest.raises(ArcaCertificateInvalidError):
        X509Certificates().read(pem, key_pem(RSA_KEY))


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505 -- on purpose
    ],
    ids=["elliptic", "short"],
)
def test_a_certificate_of_a_key_that_arca_does_not_take_is_refused(key: Key) -> None:
    with pytest.raises(ArcaCertificateInvalidError):
        X509Certificates().read(certificate_pem(key), key_pem(key))


def test_a_certificate_of_a_key_without_end_is_refused_before_anything_is_computed() -> None:
    endless = rsa.RSAPublicNumbers(65537, (1 << 30_000) + 1).public_key()
    certificate = a_certificate(RSA_KEY, public_key=endless)
    pem = certificate.public_bytes(Encoding.PEM).decode()

    with pytest.raises(ArcaCertificateInvalidError):
        X509Certificates().read(pem, key_pem(RSA_KEY))


@pytest.mark.parametrize("name", ["d", "dmp1", "dmq1", "iqmp"])
def test_a_key_whose_numbers_do_not_fit_together_signs_nothing(name: str) -> None:
    numbers = RSA_KEY.private_numbers()
    names = ("p", "q", "d", "dmp1", "dmq1", "iqmp")
    values = {each: getattr(numbers, each) for each in names}
    values[name] += 2
    forged = rsa.RSAPrivateNumbers(**values, public_numbers=numbers.public_numbers)
    key = forged.private_key(unsafe_skip_rsa_key_validation=True)

    with pytest.raises(ArcaPrivateKeyInvalidError):
        X509Certificates().read(certificate_pem(RSA_KEY), key_pem(key))


def test_a_key_of_another_certificate_is_refused() -> None:
    with pytest.raises(ArcaPrivateKeyInvalidError):
        X509Certificates().read(certificate_pem(RSA_KEY), key_pem(an_rsa_key()))


def test_what_is_no_key_is_refused_without_being_repeated() -> None:
    encrypted = RSA_KEY.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secreto")
    ).decode()
    damaged = key_pem(RSA_KEY).pem.replace("M", "W")
    elliptic = key_pem(ec.generate_private_key(ec.SECP256R1())).pem

    for pem in ("not a key at all", "ñandú", encrypted, damaged, elliptic):
        with pytest.raises(ArcaPrivateKeyInvalidError) as refusal:
            X509Certificates().read(certificate_pem(RSA_KEY), PrivateKey(pem))

        assert pem not in str(refusal.value)
        assert refusal.value.__cause__ is None


async def test_a_request_names_the_taxpayer_and_is_signed_with_its_key() -> None:
    request, key = await X509Certificates().request(
        cuit="30712345671", organization="Plomería San Martín S.R.L.", alias="plomeria"
    )

    signed = x509.load_pem_x509_csr(request.pem.encode())
    own = load_pem_private_key(key.pem.encode(), password=None)
    assert signed.is_signature_valid
    assert signed.public_key() == own.public_key()
    assert signed.subject.rfc4514_string() == request.subject
    assert "CUIT 30712345671" in request.subject
    assert "CN=plomeria" in request.subject


async def test_a_legal_name_that_is_too_long_for_a_certificate_is_cut() -> None:
    request, _ = await X509Certificates().request(
        cuit="30712345671", organization="Ñ" * 200, alias="plomeria"
    )

    assert "Ñ" * 64 in request.subject
    assert "Ñ" * 65 not in request.subject
