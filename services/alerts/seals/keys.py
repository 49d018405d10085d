"""The key that signs seals (Ed25519): from a file or the environment, never in the database.

A key is known by the first half of the SHA-256 of its public part. To rotate, give the service another key: the
next seal is signed with it and names it; earlier public keys stay published, so that earlier seals can be checked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

_SEED_BYTES = 32


class BadSealKey(ValueError):
    """The text or file holds no Ed25519 key; the message says what was expected."""


class SealKey:
    """A signing key with its id and its public part (base64 of the 32 raw bytes)."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public_key = base64.b64encode(raw).decode()
        self.key_id = key_id_of(self.public_key)

    @classmethod
    def parse(cls, text: str) -> SealKey:
        """A PEM (PKCS 8) or the base64 of 32 bytes. Raises BadSealKey."""
        try:
            if text.lstrip().startswith("-----BEGIN"):
                key = load_pem_private_key(text.encode(), None)
                if not isinstance(key, Ed25519PrivateKey):
                    raise BadSealKey("the PEM holds another kind of key than Ed25519")
                return cls(key)
            seed = base64.b64decode(text.strip(), validate=True)
        except (ValueError, binascii.Error, TypeError) as error:
            raise BadSealKey(f"neither a PEM nor base64 of {_SEED_BYTES} bytes: {error}") from error
        if len(seed) != _SEED_BYTES:
            raise BadSealKey(f"{len(seed)} bytes, {_SEED_BYTES} are needed")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def derived(cls, secret_key: str) -> SealKey:
        """The key of an installation that has set none: derived from its secret, so that every seal is signed."""
        seed = HKDF(SHA256(), length=_SEED_BYTES, salt=None, info=b"duban trail seal v1").derive(
            secret_key.encode()
        )
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, digest: str) -> str:
        """The signature of a digest's text, as base64."""
        return base64.b64encode(self._private.sign(digest.encode())).decode()


def seal_key(text: str | None, file: Path | None, secret_key: str) -> SealKey:
    """The configured key: of the environment, else of the file, else derived. Raises BadSealKey, OSError."""
    if text is not None:
        return SealKey.parse(text)
    return SealKey.derived(secret_key) if file is None else SealKey.parse(file.read_text(encoding="ascii"))


def key_id_of(public_key: str) -> str:
    """The id of a public key. Raises BadSealKey."""
    return hashlib.sha256(_raw(public_key)).hexdigest()[:16]


def is_signed_by(public_key: str, digest: str, signature: str) -> bool:
    """Whether the signature is that of the digest under the key; nonsense is no signature."""
    try:
        key = Ed25519PublicKey.from_public_bytes(_raw(public_key))
        key.verify(base64.b64decode(signature, validate=True), digest.encode())
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _raw(public_key: str) -> bytes:
    try:
        raw = base64.b64decode(public_key, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadSealKey("a public key is base64") from error
    if len(raw) != _SEED_BYTES:
        raise BadSealKey(f"a public key has {_SEED_BYTES} bytes, not {len(raw)}")
    return raw
