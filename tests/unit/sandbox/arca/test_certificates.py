from pathlib import Path

import pytest
from cryptography import x509

from sandbox.arca.certificates import (
    AUTHORITY_FILE,
    CertificateAuthority,
    CertificateRequestError,
    holder_cuit,
    write_client_certificate,
)

CUIT = 20123456786


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authority")


@pytest.fixture(scope="module")
def authority(folder: Path) -> CertificateAuthority:
    return CertificateAuthority.in_folder(folder)


def test_an_authority_that_is_kept_is_used_again(
    authority: CertificateAuthority, folder: Path
) -> None:
    again = CertificateAuthority.in_folder(folder)

    assert again.certificate == authority.certificate
    assert again.has_signed(b"content", authority.sign(b"content"))


@pytest.mark.usefixtures("authority")
def test_the_authoritys_key_is_for_its_owner_alone(folder: Path) -> None:
    assert (folder / AUTHORITY_FILE).stat().st_mode & 0o777 == 0o600


def test_an_issued_certificate_names_its_cuit_and_is_recognised(
    authority: CertificateAuthority,
) -> None:
    issued = authority.issue(CUIT, "campotech")

    certificate = x509.load_pem_x509_certificate(issued.certificate_pem)
    assert holder_cuit(certificate) == CUIT
    assert authority.issued(certificate)


def test_a_certificate_of_another_authority_is_replaced(
    authority: CertificateAuthority, tmp_path: Path
) -> None:
    other = CertificateAuthority.generated()
    write_client_certificate(other, tmp_path, cuit=CUIT, alias="campotech")

    was_issued = write_client_certificate(authority, tmp_path, cuit=CUIT, alias="campotech")

    assert was_issued


def test_an_unreadable_certificate_is_replaced(
    authority: CertificateAuthority, tmp_path: Path
) -> None:
    write_client_certificate(authority, tmp_path, cuit=CUIT, alias="campotech")
    (tmp_path / "arca-private-key.pem").write_text("damaged")

    was_issued = write_client_certificate(authority, tmp_path, cuit=CUIT, alias="campotech")

    assert was_issued


@pytest.mark.parametrize(("cuit", "alias"), [(20123456780, "campotech"), (CUIT, ""), (CUIT, "a b")])
def test_a_certificate_for_nobody_is_refused(
    authority: CertificateAuthority, cuit: int, alias: str
) -> None:
    with pytest.raises(CertificateRequestError):
        authority.issue(cuit, alias)
