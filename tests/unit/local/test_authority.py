"""A stack's own authority: what it makes, who may read it, when it is made anew."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from deploy.local.authority import Authority


def test_certificates_are_private_and_renewed_before_they_run_out(tmp_path: Path) -> None:
    authority, now = Authority(tmp_path / "tls"), datetime(2026, 9, 15, tzinfo=UTC)
    own = authority.issue("energy", now)

    def serial() -> int:
        return x509.load_pem_x509_certificate(own.certificate.read_bytes()).serial_number

    first, authority_made = serial(), authority.ca.read_bytes()
    for secret in (own.key, own.both, tmp_path / "tls" / "ca.key"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600, secret
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700
    authority.issue("energy", now + timedelta(days=59))
    assert serial() == first
    authority.issue("energy", now + timedelta(days=61))
    assert serial() != first
    assert authority.ca.read_bytes() == authority_made
    renewed = x509.load_pem_x509_certificate(own.certificate.read_bytes())
    renewed.verify_directly_issued_by(x509.load_pem_x509_certificate(authority_made))
    # One of an authority that is gone is of no use.
    (tmp_path / "tls" / "ca.key").unlink()
    authority.issue("energy", now + timedelta(days=61))
    assert x509.load_pem_x509_certificate(own.certificate.read_bytes()).serial_number != renewed.serial_number
