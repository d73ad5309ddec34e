"""CMS SignedData (RFC 5652) as WSAA takes it: the content inside, the signer's certificate too."""

from dataclasses import dataclass
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ObjectIdentifier

_SIGNED_DATA = ObjectIdentifier("1.2.840.113549.1.7.2")
_CONTENT_TYPE = ObjectIdentifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = ObjectIdentifier("1.2.840.113549.1.9.4")
_DIGESTS: dict[ObjectIdentifier, hashes.HashAlgorithm] = {
    ObjectIdentifier("1.3.14.3.2.26"): hashes.SHA1(),  # noqa: S303  # what WSAA's text asks for
    ObjectIdentifier("2.16.840.1.101.3.4.2.1"): hashes.SHA256(),
    ObjectIdentifier("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    ObjectIdentifier("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
}
_RSA_SIGNATURES = frozenset(
    map(
        ObjectIdentifier,
        (
            "1.2.840.113549.1.1.1",
            "1.2.840.113549.1.1.5",
            "1.2.840.113549.1.1.11",
            "1.2.840.113549.1.1.12",
            "1.2.840.113549.1.1.13",
        ),
    )
)


class UnreadableCmsError(ValueError):
    """The bytes are no SignedData."""


class SignerNotFoundError(ValueError):
    """The signer's certificate is not inside."""


class SignatureRefusedError(ValueError):
    """The signature does not hold, has nothing to hold for, or is of an unknown kind."""


@asn1.sequence
class _Algorithm:
    algorithm: ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _EncapsulatedContent:
    content_type: ObjectIdentifier
    content: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class _IssuerAndSerial:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class _Attribute:
    type: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _SignerInfo:
    version: int
    signer: _IssuerAndSerial | Annotated[bytes, asn1.Implicit(0)]
    digest_algorithm: _Algorithm
    signed_attributes: Annotated[asn1.SetOf[_Attribute] | None, asn1.Implicit(0)]
    signature_algorithm: _Algorithm
    signature: bytes


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: asn1.SetOf[_Algorithm]
    encapsulated: _EncapsulatedContent
    certificates: Annotated[asn1.SetOf[x509.Certificate] | None, asn1.Implicit(0)]
    signers: asn1.SetOf[_SignerInfo]


@asn1.sequence
class _ContentInfo:
    content_type: ObjectIdentifier
    content: Annotated[_SignedData, asn1.Explicit(0)]


@dataclass(frozen=True, slots=True)
class SignedContent:
    content: bytes
    signer: x509.Certificate


def verify_signed_data(der: bytes) -> SignedContent:
    """Return what was signed and by whom; raise one of this module's errors.

    Whether the signer's certificate is to be trusted is the caller's question.
    """
    signed_data = _decode(der)
    signers = signed_data.signers.as_list()
    if not signers:
        raise UnreadableCmsError("It has no signer.")
    signer = signers[0]
    certificate = _certificate_of(signer, signed_data.certificates)
    content = signed_data.encapsulated.content
    if content is None:
        raise SignatureRefusedError("The signature is detached.")
    _verify_signature(signer, certificate, content)
    return SignedContent(content=content, signer=certificate)


def _decode(der: bytes) -> _SignedData:
    try:
        info = asn1.decode_der(_ContentInfo, der)
    except ValueError as error:
        raise UnreadableCmsError("It is no DER SignedData.") from error
    if info.content_type != _SIGNED_DATA:
        raise UnreadableCmsError("It is another kind of CMS.")
    return info.content


def _certificate_of(
    signer: _SignerInfo, certificates: asn1.SetOf[x509.Certificate] | None
) -> x509.Certificate:
    for certificate in certificates.as_list() if certificates else []:
        if _is_signer(signer.signer, certificate):
            return certificate
    raise SignerNotFoundError("The signer's certificate is missing.")


def _is_signer(identifier: _IssuerAndSerial | bytes, certificate: x509.Certificate) -> bool:
    if isinstance(identifier, bytes):
        try:
            extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        except x509.ExtensionNotFound:
            return False
        return extension.value.digest == identifier
    issuer = certificate.issuer.public_bytes()
    return certificate.serial_number == identifier.serial and issuer.endswith(
        bytes(identifier.issuer.data)
    )


def _verify_signature(signer: _SignerInfo, certificate: x509.Certificate, content: bytes) -> None:
    key = certificate.public_key()
    algorithm = _DIGESTS.get(signer.digest_algorithm.algorithm)
    if (
        algorithm is None
        or signer.signature_algorithm.algorithm not in _RSA_SIGNATURES
        or not isinstance(key, rsa.RSAPublicKey)
    ):
        raise SignatureRefusedError("The algorithm is not supported.")
    try:
        key.verify(
            signer.signature,
            _signed_bytes(signer, content, algorithm),
            padding.PKCS1v15(),
            algorithm,
        )
    except InvalidSignature as error:
        raise SignatureRefusedError("The signature does not hold.") from error


def _signed_bytes(signer: _SignerInfo, content: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    if signer.signed_attributes is None:
        return content
    digest = hashes.Hash(algorithm)
    digest.update(content)
    attributes = {
        attribute.type: [bytes(value.data) for value in attribute.values.as_list()]
        for attribute in signer.signed_attributes.as_list()
    }
    if attributes.get(_MESSAGE_DIGEST) != [digest.finalize()] or _CONTENT_TYPE not in attributes:
        raise SignatureRefusedError("The signed digest is of another content.")
    return asn1.encode_der(signer.signed_attributes)
