"""A stack's own authority: certificates for its broker and its services, below `tls` of its directory.

Keys are readable by their owner alone and leave the directory for nobody. The authority is good for ten years, its
certificates for ninety days; every start renews those of which less than a third is left.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.local.programs import write_atomically

_AUTHORITY_DAYS = 3650
_DAYS = 90
# The names of the loopback address: all that a stack listens on.
_SERVER_NAMES = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
# A clock that is a little behind must not find a certificate that begins tomorrow.
_SLACK = timedelta(hours=1)


@dataclass(frozen=True)
class Certificate:
    """Files, PEM: its certificate, its key, and both in one as Kafka wants them."""

    certificate: Path
    key: Path
    both: Path


@dataclass(frozen=True)
class Authority:
    directory: Path

    @property
    def ca(self) -> Path:
        """What its clients believe."""
        return self.directory / "ca.pem"

    def of(self, name: str) -> Certificate:
        """Where the certificate of a name is, made or not."""
        return Certificate(
            self.directory / f"{name}.pem", self.directory / f"{name}.key", self.directory / f"{name}.both.pem"
        )

    def issue(self, name: str, now: datetime) -> Certificate:
        """The certificate of a name, for both ends of a connection; made anew when it runs out soon."""
        own = self.of(name)
        authority, authority_key = self._authority(now)
        if _is_good(own, authority, now):
            return own
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        made = (
            _begin(subject, authority.subject, key.public_key(), now, _DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(_SERVER_NAMES), critical=False)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .sign(authority_key, hashes.SHA256())
        )
        certificate, private = _pem(made), _key_pem(key)
        write_atomically(own.key, private, mode=0o600)
        write_atomically(own.both, private + certificate, mode=0o600)
        write_atomically(own.certificate, certificate)
        return own

    def _authority(self, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        kept = self.directory / "ca.key"
        if kept.exists() and self.ca.exists():
            found = serialization.load_pem_private_key(kept.read_bytes(), password=None)
            assert isinstance(found, ec.EllipticCurvePrivateKey), "we made it"
            return x509.load_pem_x509_certificate(self.ca.read_bytes()), found
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a Duban stack")])
        only_signs = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        made = (
            _begin(name, name, key.public_key(), now, _AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(only_signs, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        write_atomically(kept, _key_pem(key), mode=0o600)
        write_atomically(self.ca, _pem(made))
        return made, key


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - _SLACK)
        .not_valid_after(now.astimezone(UTC) + timedelta(days=days))
    )


def _is_good(own: Certificate, authority: x509.Certificate, now: datetime) -> bool:
    if not (own.certificate.exists() and own.key.exists() and own.both.exists()):
        return False
    found = x509.load_pem_x509_certificate(own.certificate.read_bytes())
    try:
        found.verify_directly_issued_by(authority)
    except Exception:
        return False
    return found.not_valid_after_utc - now >= timedelta(days=_DAYS / 3)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
