"""Files of a backup under a key: sealed chunk by chunk, so that memory stays flat, their order and end bound in.

A sealed file begins with eight bytes that tell its form and sixteen random ones; with these, the key of the
archive and the file's purpose (which file of which base it is) HKDF-SHA256 makes a key for this file alone. Chunks
of up to 1 MiB follow, AES-256-GCM each: four bytes of length, twelve of a random nonce, the ciphertext. What a
chunk is and where its plaintext begins are authenticated with it, so none can be left out, put elsewhere or taken
from another file. A chunk of length zero is the end; a file that still grows has none, its length stands in an
index that is sealed itself (copies.py). Nonces are random rather than counted, because the last chunks of a
growing file are written again after a crash, and a nonce must never serve twice.
"""

import hashlib
import hmac
import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from deploy.local.errors import BackupDamaged

MAGIC = b"DUBANSF1"
CHUNK = 1 << 20
KEY_BYTES = 32
_ID_BYTES = 16
_NONCE_BYTES = 12
_TAG_BYTES = 16
_LENGTH = struct.Struct(">I")
_PLACE = struct.Struct(">BQ")
_DATA, _END = 0, 1
HEADER_BYTES = len(MAGIC) + _ID_BYTES


@dataclass(frozen=True)
class ArchiveKey:
    """The key under which everything in a directory of backups rests; 32 random bytes."""

    raw: bytes = field(repr=False)

    def of_file(self, header: bytes, purpose: str) -> AESGCM:
        return AESGCM(self._derived(header[len(MAGIC) :], b"file " + purpose.encode()))

    def code(self, body: bytes) -> str:
        """What shows that `body` was written by somebody who has the key (HMAC-SHA256, hexadecimal)."""
        return hmac.new(self._derived(None, b"manifest"), body, hashlib.sha256).hexdigest()

    def _derived(self, salt: bytes | None, info: bytes) -> bytes:
        return HKDF(SHA256(), length=KEY_BYTES, salt=salt, info=b"duban backup " + info).derive(self.raw)


class _Chunks:
    """Writes the chunks of one file from `position` of its plaintext on."""

    def __init__(self, file: BinaryIO, key: ArchiveKey, header: bytes, purpose: str, position: int) -> None:
        self._file = file
        self._cipher = key.of_file(header, purpose)
        self._header = header
        self.position = position

    def add(self, body: bytes | bytearray, kind: int = _DATA) -> None:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, bytes(body), self._header + _PLACE.pack(kind, self.position))
        length = len(sealed) - _TAG_BYTES
        self._file.write(_LENGTH.pack(length) + nonce + sealed)
        self.position += length

    def end(self) -> None:
        self.add(b"", _END)


class Sink:
    """Takes a file's plaintext in pieces of any size."""

    def __init__(self, chunks: _Chunks) -> None:
        self._chunks = chunks
        self._waiting = bytearray()

    def write(self, body: bytes) -> int:
        self._waiting += body
        while len(self._waiting) >= CHUNK:
            self._chunks.add(self._waiting[:CHUNK])
            del self._waiting[:CHUNK]
        return len(body)

    def flush(self) -> None:
        """What does not fill a chunk yet waits for more, or for the end."""

    def finish(self) -> None:
        if self._waiting:
            self._chunks.add(self._waiting)
            self._waiting.clear()


@contextmanager
def sealing_to(target: Path, key: ArchiveKey, purpose: str) -> Iterator[Sink]:
    """Write a file that is whole when this ends, and durable; `target` must not be read before."""
    with target.open("wb") as file:
        header = new_header()
        file.write(header)
        chunks = _Chunks(file, key, header, purpose, 0)
        sink = Sink(chunks)
        yield sink
        sink.finish()
        chunks.end()
        file.flush()
        os.fsync(file.fileno())


def append(file: BinaryIO, source: BinaryIO, key: ArchiveKey, header: bytes, purpose: str, position: int) -> int:
    """Seal the rest of `source` behind what `file` has, without an end; returns the length of the plaintext."""
    chunks = _Chunks(file, key, header, purpose, position)
    while body := source.read(CHUNK):
        chunks.add(body)
    return chunks.position


def new_header() -> bytes:
    return MAGIC + os.urandom(_ID_BYTES)


def header_of(path: Path) -> bytes | None:
    """How a sealed file begins; None for one that is not sealed, or not there."""
    try:
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
    except FileNotFoundError:
        return None
    return header if header.startswith(MAGIC) and len(header) == HEADER_BYTES else None


def opened(path: Path, key: ArchiveKey, purpose: str, length: int | None = None) -> BinaryIO:
    """The plaintext of a sealed file, read forward only; `length` of it for one that still grows.

    Reading raises BackupDamaged at the first chunk that is not what was written, and where the end is missing.
    """
    return io.BufferedReader(_Unsealed(path, key, purpose, length), CHUNK)


class _Unsealed(io.RawIOBase):
    def __init__(self, path: Path, key: ArchiveKey, purpose: str, length: int | None) -> None:
        super().__init__()
        self._path = path
        self._length = length
        self._position = 0
        self._left = memoryview(b"")
        self._is_over = length == 0
        try:
            self._file = path.open("rb")
        except FileNotFoundError as error:
            raise BackupDamaged(f"{path} is missing.", "Use another base backup.") from error
        self._header = self._file.read(HEADER_BYTES)
        if not self._header.startswith(MAGIC) or len(self._header) < HEADER_BYTES:
            self._file.close()
            raise self._damage("it does not begin as a sealed file does")
        self._cipher = key.of_file(self._header, purpose)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left and not self._is_over:
            self._next()
        into = memoryview(buffer).cast("B")
        count = min(len(into), len(self._left))
        into[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def close(self) -> None:
        if not self.closed and hasattr(self, "_file"):
            self._file.close()
        super().close()

    def _next(self) -> None:
        head = self._file.read(_LENGTH.size + _NONCE_BYTES)
        if len(head) < _LENGTH.size + _NONCE_BYTES:
            raise self._damage("its end is missing")
        (length,) = _LENGTH.unpack_from(head)
        if length > CHUNK:
            raise self._damage("a chunk is too long")
        sealed = self._file.read(length + _TAG_BYTES)
        kind = _DATA if length else _END
        try:
            place = self._header + _PLACE.pack(kind, self._position)
            body = self._cipher.decrypt(head[_LENGTH.size :], sealed, place)
        except (InvalidTag, ValueError) as error:
            raise self._damage("it is not what was written") from error
        self._left = memoryview(body)
        self._position += length
        if kind == _END:
            if self._file.read(1):
                raise self._damage("something stands behind its end")
            self._is_over = True
        elif self._length is not None:
            if self._position > self._length:
                raise self._damage("it is longer than its index says")
            self._is_over = self._position == self._length

    def _damage(self, what: str) -> BackupDamaged:
        return BackupDamaged(
            f"{self._path} is damaged from byte {self._position} on: {what}.", "Use another base backup."
        )
