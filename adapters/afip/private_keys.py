"""RSA keys that come from outside: read quickly, and checked before anything is signed with them.

The library's own check proves that a key's factors are prime, which takes a tenth of a second for
2048 bits, seven times that for 4096, and stops everything else in the process meanwhile. Here the
numbers have to fit together, and what the key signs has to be what its certificate verifies.
"""

import secrets

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from domain.connections.arca_certificate import ArcaPrivateKeyInvalidError, PrivateKey

_CHALLENGE_BYTES = 32


def rsa_key_in(key: PrivateKey) -> rsa.RSAPrivateKey:
    """Return the key in PEM, not checked yet; raise ArcaPrivateKeyInvalidError."""
    try:
        parsed = serialization.load_pem_private_key(
            key.pem.encode(), password=None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without its cause: what a parser says of a key might hold parts of it.
        raise ArcaPrivateKeyInvalidError("This is no unencrypted private key in PEM.") from None
    if not isinstance(parsed, rsa.RSAPrivateKey):
        raise ArcaPrivateKeyInvalidError("This is no RSA key.")
    return parsed


def check_key(private_key: rsa.RSAPrivateKey, public_key: rsa.RSAPublicKey) -> None:
    """Raise ArcaPrivateKeyInvalidError unless the one signs what the other verifies.

    The public key says how large the numbers are: whoever calls has bounded it.
    """
    if private_key.public_key() != public_key:
        raise ArcaPrivateKeyInvalidError("This is not the private key of the certificate.")
    # First: arithmetic with numbers that do not fit together is not safe.
    if not _fits_together(private_key.private_numbers()) or not _signs(private_key, public_key):
        raise ArcaPrivateKeyInvalidError("The numbers of this private key do not fit together.")


def _fits_together(numbers: rsa.RSAPrivateNumbers) -> bool:
    p, q, d = numbers.p, numbers.q, numbers.d
    public = numbers.public_numbers
    # Odd and not trivial: OpenSSL's arithmetic expects no less.
    if min(p, q) <= 1 or not (p & 1 and q & 1 and public.e & 1) or p * q != public.n:
        return False
    has_exponents = (numbers.dmp1, numbers.dmq1) == (d % (p - 1), d % (q - 1))
    has_inverses = public.e * d % (p - 1) == 1 == public.e * d % (q - 1)
    return has_exponents and has_inverses and numbers.iqmp * q % p == 1


def _signs(private_key: rsa.RSAPrivateKey, public_key: rsa.RSAPublicKey) -> bool:
    challenge, scheme = secrets.token_bytes(_CHALLENGE_BYTES), padding.PKCS1v15()
    try:
        signature = private_key.sign(challenge, scheme, hashes.SHA256())
        public_key.verify(signature, challenge, scheme, hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
