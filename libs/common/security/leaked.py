"""Known leaked passwords, looked up in a file that the site gives; none is shipped.

Two layouts. Lines ``SHA1`` or ``SHA1:count`` in the order of their hashes, as the download of Have I Been Pwned
has them: tens of gigabytes, of which a search reads some forty lines. Or a small list, one password a line, UTF-8.

The file is read where it lies at each look, by offset rather than by a memory map: a map whose file is cut short
in use ends the process, a short read is an error like another. A list that is replaced counts at once.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Of a list of plain passwords: it is read as a whole at each look.
MAX_PLAIN_BYTES: Final = 16 * 2**20
_OTHER_HASHED: Final = re.compile(rb"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{56,64})(?::[0-9]*)?\r?")
_HASHED: Final = re.compile(rb"([0-9A-Fa-f]{40})(?::[0-9]{1,19})?\r?")
# Forty digits, a colon, a count of any size, a line's end.
_LONGEST_LINE: Final = 64
# Looks of the start over the whole file: a list in another order is found with certainty of all practical worth.
_SAMPLES: Final = 256


class LeakedListBroken(OSError):
    """The file is no list of leaked passwords; the message says where and why."""


@dataclass(frozen=True, slots=True)
class LeakedPasswords:
    """The list at a path; :func:`opened` looks whether it is one."""

    path: Path
    is_hashed: bool

    def holds(self, password: str) -> bool:
        """Whether the password is on the list; in a plain list whatever its case. Raises OSError."""
        if self.is_hashed:
            digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
            with _File(self.path) as file:
                return file.find(digest.encode())
        wanted = password.casefold()
        return any(line.casefold() == wanted for line in _plain_lines(self.path))


def opened(path: Path) -> LeakedPasswords:
    """The list at ``path``. Raises LeakedListBroken: not there, empty, too large, torn, or in another order."""
    try:
        with _File(path) as file:
            first = file.line_at(0)
            if _HASHED.fullmatch(first):
                file.check()
                return LeakedPasswords(path, is_hashed=True)
        if _OTHER_HASHED.fullmatch(first):
            raise LeakedListBroken(f"{path} holds other hashes than SHA1")
        if not any(True for line in _plain_lines(path)):
            raise LeakedListBroken(f"{path} holds no password")
    except LeakedListBroken:
        raise
    except OSError as error:
        raise LeakedListBroken(f"{path} cannot be read: {error.strerror or error}") from error
    return LeakedPasswords(path, is_hashed=False)


def _plain_lines(path: Path) -> Iterator[str]:
    size = path.stat().st_size
    if size > MAX_PLAIN_BYTES:
        raise LeakedListBroken(
            f"{path} has {size} bytes: a plain list has at most {MAX_PLAIN_BYTES}; larger ones are lines of "
            "SHA1:count in the order of their hashes"
        )
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LeakedListBroken(f"{path} is no UTF-8 text, at byte {error.start}") from error
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return (line for line in lines if line)


class _File:
    """Lines of hashes by offset; open within a ``with``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> _File:
        self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._descriptor).st_size
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def line_at(self, offset: int) -> bytes:
        """The line that begins there, without its end; a part of it where it is longer than a line of hashes."""
        return os.pread(self._descriptor, _LONGEST_LINE, offset).partition(b"\n")[0]

    def find(self, digest: bytes) -> bool:
        """Whether a line has the digest, upper-case hex. Raises LeakedListBroken."""
        low, high = 0, self._size
        # The line that holds byte ``low`` or one behind it is the first that may be the one; none is at ``high``.
        while low < high:
            begin = self._begin_of_line((low + high) // 2)
            found, end = self._hash_at(begin)
            if found == digest:
                return True
            if found < digest:
                low = end
            else:
                high = begin
        return False

    def check(self) -> None:
        """Look at lines all over the file. Raises LeakedListBroken at the first that is none, or out of order."""
        before = b""
        last = self._begin_of_line(self._size - 1)
        for sample in range(_SAMPLES + 1):
            begin = last if sample == _SAMPLES else self._begin_of_line(sample * self._size // _SAMPLES)
            found, end = self._hash_at(begin)
            if found < before:
                raise LeakedListBroken(f"{self._path} is not in the order of its hashes, at byte {begin}")
            if end < self._size and self._hash_at(end)[0] <= found:
                raise LeakedListBroken(f"{self._path} is not in the order of its hashes, at byte {end}")
            before = found

    def _begin_of_line(self, offset: int) -> int:
        """Where the line begins that holds the byte at ``offset``; a line's end belongs to it."""
        start = max(0, offset - _LONGEST_LINE)
        before = os.pread(self._descriptor, offset - start, start)
        return start + before.rfind(b"\n") + 1

    def _hash_at(self, begin: int) -> tuple[bytes, int]:
        """The hash of the line that begins there, and where the next one begins."""
        line = self.line_at(begin)
        match = _HASHED.fullmatch(line)
        if match is None:
            raise LeakedListBroken(f"{self._path} has no line of SHA1:count at byte {begin}")
        return match[1].upper(), begin + len(line) + 1
