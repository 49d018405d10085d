"""Meters by number for whole columns of numbers at once: a hash table over bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.compiled import compiled

Bytes = NDArray[np.uint8]
Places = NDArray[np.int32]

NOT_FOUND: Final = -1
_FREE: Final = -1
_SMALLEST: Final = 1024


class MeterNumbers:
    """Numbers and their indexes; a number that is put again takes the new index. 30 bytes a meter."""

    def __init__(self) -> None:
        self._count = 0
        self._text: Bytes = np.zeros(_SMALLEST * 16, np.uint8)
        # Start of the number in ``_text``, its length, its index.
        self._entries = np.zeros((3, _SMALLEST), np.int32)
        self._table: Places = np.full(_SMALLEST * 2, _FREE, np.int32)
        self._text_used = 0

    def __len__(self) -> int:
        return self._count

    def put(self, numbers: Sequence[str], indexes: Sequence[int]) -> None:
        encoded = [number.encode() for number in numbers]
        self._make_room(len(encoded), sum(map(len, encoded)))
        for text, index in zip(encoded, indexes, strict=True):
            size = len(text)
            self._text[self._text_used : self._text_used + size] = np.frombuffer(text, np.uint8)
            if _insert(self._text, self._text_used, size, index, self._entries, self._table, self._count):
                self._count += 1
                self._text_used += size

    def _make_room(self, added: int, size: int) -> None:
        while len(self._text) < self._text_used + size:
            self._text = np.concatenate((self._text, np.zeros_like(self._text)))
        if self._entries.shape[1] >= self._count + added:
            return
        while self._entries.shape[1] < self._count + added:
            self._entries = np.concatenate((self._entries, np.zeros_like(self._entries)), axis=1)
        self._table = np.full(self._entries.shape[1] * 2, _FREE, np.int32)
        known, self._count = self._count, 0
        for entry in range(known):
            start, length, index = self._entries[:, entry].tolist()
            _insert(self._text, start, length, index, self._entries, self._table, entry)
        self._count = known

    def find_all(self, body: bytes, start: Places, length: Places) -> NDArray[np.int64]:
        """The index of each number at ``start`` in ``body``, or ``NOT_FOUND``."""
        found = np.empty(len(start), np.int64)
        text = np.frombuffer(body, np.uint8)
        _find_all(text, start, length, self._text, self._entries, self._count, self._table, found)
        return found


@compiled
def _hash(text: Bytes, start: int, length: int) -> int:
    """FNV-1a, 64 bits."""
    value = np.uint64(14_695_981_039_346_656_037)
    for place in range(start, start + length):
        value = (value ^ np.uint64(text[place])) * np.uint64(1_099_511_628_211)
    # The low bits of the product alone would know the last bytes only.
    return int((value ^ (value >> np.uint64(32))) & np.uint64(0x7FFF_FFFF))


@compiled
def _is_entry(text: Bytes, start: int, length: int, known: Bytes, entries: NDArray[np.int32], entry: int) -> bool:
    """Whether the number that begins at ``start`` is that of the entry."""
    if entries[1, entry] != length:
        return False
    first = entries[0, entry]
    for offset in range(length):  # noqa: SIM110 - the compiler knows no generators
        if known[first + offset] != text[start + offset]:
            return False
    return True


@compiled
def _place(text: Bytes, start: int, length: int, known: Bytes, entries: NDArray[np.int32], table: Places) -> int:
    """Where in the table the number is, or the free place where it would be; the table is at most half full."""
    mask = len(table) - 1
    at = _hash(text, start, length) & mask
    while table[at] != _FREE:
        entry = table[at]
        if _is_entry(text, start, length, known, entries, entry):
            return at
        at = (at + 1) & mask
    return at


@compiled
def _insert(
    text: Bytes, start: int, length: int, index: int, entries: NDArray[np.int32], table: Places, count: int
) -> bool:
    """Whether the number was not there yet; then it is entry ``count``."""
    at = _place(text, start, length, text, entries, table)
    if table[at] != _FREE:
        entries[2, table[at]] = index
        return False
    table[at] = count
    entries[0, count], entries[1, count], entries[2, count] = start, length, index
    return True


@compiled
def _find_all(
    body: Bytes,
    start: Places,
    length: Places,
    known: Bytes,
    entries: NDArray[np.int32],
    count: int,
    table: Places,
    found: NDArray[np.int64],
) -> None:
    entry = -1
    for row in range(len(start)):
        # Bodies mostly name their meters in the order in which they were registered.
        entry += 1
        if entry >= count or not _is_entry(body, start[row], length[row], known, entries, entry):
            entry = table[_place(body, start[row], length[row], known, entries, table)]
        found[row] = NOT_FOUND if entry == _FREE else entries[2, entry]
