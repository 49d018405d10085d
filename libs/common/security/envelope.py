"""Small secrets at rest: signing keys and webhook secrets, sealed with the settings' ``secret_key``."""

from __future__ import annotations

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = "v1."
_NONCE_BYTES = 12


class SealBroken(Exception):
    """The text was not sealed with this key for this purpose, or somebody changed it."""


class Envelope:
    """AES-256-GCM under a key derived from ``secret_key``.

    ``purpose`` is bound into each seal: a sealed webhook secret copied into the column of a signing key does not
    open there. To change the key, pass the old one in ``previous`` until every row has been sealed again.
    """

    def __init__(self, secret_key: str, *, previous: tuple[str, ...] = ()) -> None:
        self._keys = [_derive(secret) for secret in (secret_key, *previous)]

    def seal(self, plaintext: bytes, purpose: str) -> str:
        """Printable text that only :meth:`open` with the same purpose turns back."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[0].encrypt(nonce, plaintext, purpose.encode())
        return _VERSION + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, purpose: str) -> bytes:
        """The plaintext; raises :class:`SealBroken`."""
        if not sealed.startswith(_VERSION):
            raise SealBroken("unknown form of seal")
        try:
            raw = base64.urlsafe_b64decode(sealed.removeprefix(_VERSION))
        except (binascii.Error, ValueError) as error:
            raise SealBroken("not base64") from error
        for key in self._keys:
            try:
                return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
            except (InvalidTag, ValueError):
                continue
        raise SealBroken("no known key opens it")


def _derive(secret: str) -> AESGCM:
    # The secret is long and random outside local runs (settings refuse others), so HKDF is enough.
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"duban envelope v1").derive(secret.encode()))
