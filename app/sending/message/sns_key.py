"""The key that signs messages in the format `sns`, and its certificate: made by us, one an installation."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from app.core.times import utc_now

_BITS = 2048
_VALID_FOR = timedelta(days=20 * 365)


@dataclass(frozen=True, slots=True)
class SnsKey:
    """A private key and its certificate in PEM. id: part of the address at which that is served."""

    id: str
    private: RSAPrivateKey = field(repr=False)
    certificate: str

    @property
    def private_pem(self) -> str:
        """The private key as text, to be kept encrypted."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def new_key(key_id: str, name: str) -> SnsKey:
    """Make a key and a certificate that it signs itself. name: who we are, for those who read certificates."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    begin = utc_now() - timedelta(days=1)  # receivers' clocks may be behind ours
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + _VALID_FOR)
        .sign(private, SHA256())
    )
    return SnsKey(key_id, private, certificate.public_bytes(Encoding.PEM).decode())


def read_key(key_id: str, private_pem: str, certificate: str) -> SnsKey:
    """A key as it was kept. Raises TypeError if the text is no RSA key."""
    private = load_pem_private_key(private_pem.encode(), None)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError("The key for the format sns is not an RSA key.")
    return SnsKey(key_id, private, certificate)


def base64_of(raw: bytes) -> str:
    """Bytes in base64, on one line."""
    return binascii.b2a_base64(raw, newline=False).decode("ascii")
