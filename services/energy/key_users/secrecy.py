"""Uploads that devices encipher with the secretKey of their registration (docs/decisions/0033).

Each field of a datum is enciphered for itself: SM4 in ECB mode with PKCS #7 padding, as hex; the key is secretKey
read as hex. Device and enterprise stand in plain.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

_CIPHERED: Final = re.compile(r"(?:[0-9a-fA-F]{32})+")
_KEY_BYTES: Final = 16


class Undecipherable(Exception):
    """A field was not enciphered with this key, or not all of it came."""

    def __init__(self, line: int, name: str) -> None:
        super().__init__(f"{name} of datum {line}")
        self.line = line
        self.name = name


class DeviceKeys:
    """Keys by device, derived from the site's secret: nothing is stored, and a device is told the same again."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def key_of(self, device_id: str) -> bytes:
        return hmac.digest(self._secret, b"nhjc device\0" + device_id.encode(), hashlib.sha256)[:_KEY_BYTES]


def deciphered(body: bytes, key: bytes) -> bytes:
    """The upload in plain; one that is so already, or is none, as it came. Raises Undecipherable."""
    try:
        upload = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body
    data = upload.get("data") if isinstance(upload, dict) else None
    if not isinstance(data, list) or not any(map(_is_ciphered, data)):
        return body
    plain = [_datum(line, item, key) if _is_ciphered(item) else item for line, item in enumerate(data, 1)]
    return msgspec.json.encode(upload | {"data": plain})


def enciphered(text: str, key: bytes) -> str:
    """A field as devices send it."""
    padder = PKCS7(algorithms.SM4.block_size).padder()
    cipher = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305 - the protocol's own
    return (cipher.update(padder.update(text.encode()) + padder.finalize()) + cipher.finalize()).hex()


def _is_ciphered(datum: Any) -> bool:
    # No data code of five groups looks like that.
    code = datum.get("dataCode") if isinstance(datum, dict) else None
    return isinstance(code, str) and _CIPHERED.fullmatch(code) is not None


def _datum(line: int, datum: dict[str, Any], key: bytes) -> dict[str, Any]:
    return {name: _field(line, name, value, key) for name, value in datum.items()}


def _field(line: int, name: str, value: Any, key: bytes) -> Any:
    if not isinstance(value, str) or not value:
        return value
    cipher = Cipher(algorithms.SM4(key), modes.ECB()).decryptor()  # noqa: S305 - the protocol's own
    unpadder = PKCS7(algorithms.SM4.block_size).unpadder()
    try:
        padded = cipher.update(bytes.fromhex(value)) + cipher.finalize()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError as error:
        raise Undecipherable(line, name) from error
