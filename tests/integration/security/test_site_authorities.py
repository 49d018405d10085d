"""An issuer whose certificate is signed by the site's own authority, as inside offices it is."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from libs.common.security.issuer import Issuer, IssuerUnavailable, issuer_client


def authority(directory: Path) -> None:
    """``ca.pem``, and ``tls.pem`` with its key for 127.0.0.1, signed by it."""
    now = datetime.now(UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the office")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])

    def built(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(ca_name).public_key(public)
        lasting = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        return lasting.serial_number(x509.random_serial_number())

    ca = (
        built(ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    own = built(name, key.public_key()).add_extension(address, critical=False).sign(ca_key, hashes.SHA256())
    (directory / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "tls.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM) + secret)


@asynccontextmanager
async def published(directory: Path) -> AsyncIterator[str]:
    """An issuer's documents over TLS; its address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(directory / "tls.pem")
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "one"}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        while await reader.readline() not in {b"\r\n", b""}:
            pass
        document = {"issuer": url, "jwks_uri": f"{url}/keys"} if b"well-known" in line else {"keys": [jwk]}
        body = json.dumps(document).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield url


async def test_issuer_of_the_sites_own_authority_is_believed_when_that_is_given(tmp_path: Path) -> None:
    authority(tmp_path)
    async with published(tmp_path) as url:
        async with issuer_client(tmp_path / "ca.pem") as http:
            assert (await Issuer(url, http).metadata())["issuer"] == url
        async with issuer_client() as http:
            with pytest.raises(IssuerUnavailable):
                await Issuer(url, http).metadata()


def test_file_that_holds_no_authority_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing of the kind")
    with pytest.raises(ssl.SSLError):
        issuer_client(tmp_path / "ca.pem")
    with pytest.raises(FileNotFoundError):
        issuer_client(tmp_path / "none.pem")
