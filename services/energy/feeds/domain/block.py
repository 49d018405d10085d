"""The block: readings between the API and the worker, float32 columns in a Kafka record of our own topic.

Little-endian. A record is a head ``version:u8 sections:u8`` and its sections. A section is a head

    shape:u8 (1 curves, 2 points, 3 registers)  quantity:u8  slots:u16  rows:u32  rank:i64  has_quality:u8

and columns without gaps between them:

    curves   meter_index:i32[rows] day:i32[rows] values:f32[rows*slots] quality:u8[rows*slots]?
    points   meter_index:i32[rows] day:i32[rows] slot:u16[rows] value:f32[rows] quality:u8[rows]?
    registers  meter_index:i32[rows] minute:i32[rows] value:f64[rows] quality:u8[rows]?

``day`` is the number of the meter's standard-time day since 1970-01-01, ``slot`` starts at 0, values are kW, NaN
where nothing was sent. ``minute`` of a register is standard time since 1970, its value is kWh (kvarh, kVAh) or
pulses before any multiplier, and never NaN: registers are differenced before they are narrowed. Without a
quality column every value present is measured. ``rank`` is the body's precedence (metering.domain.rank). A
reader refuses versions it does not know: a new layout takes a new version byte.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

VERSION: Final = 1
# Below the broker's limit of 1 MiB a message, with room for headers.
MAX_BYTES: Final = 900_000
SHARD_METERS: Final = 1000

_HEAD = struct.Struct("<BB")
_SECTION = struct.Struct("<BBHIqB")
_CURVES, _POINTS, _REGISTERS = 1, 2, 3
_ALLOWED_SLOTS = frozenset({24, 48, 96, 288})
_MAX_QUALITY = 3

Int32 = NDArray[np.int32]
Float32 = NDArray[np.float32]
Byte = NDArray[np.uint8]
Rows = NDArray[np.intp] | slice


class MalformedBlock(Exception):
    """Bytes that are no block of a version this release reads; they can never succeed."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveRows:
    """``values``: (rows, slots); ``quality``: same shape or None."""

    quantity: int
    slots: int
    rank: int
    meter_index: Int32
    day: Int32
    values: Float32
    quality: Byte | None = None

    @property
    def readings(self) -> int:
        return int(np.count_nonzero(~np.isnan(self.values)))

    @property
    def row_bytes(self) -> int:
        return 8 + self.slots * (5 if self.quality is not None else 4)

    def take(self, rows: Rows) -> CurveRows:
        quality = None if self.quality is None else self.quality[rows]
        meter_index, day, values = self.meter_index[rows], self.day[rows], self.values[rows]
        return CurveRows(self.quantity, self.slots, self.rank, meter_index, day, values, quality)


@dataclass(frozen=True, slots=True, eq=False)
class PointRows:
    """Single readings; all columns have one entry a row."""

    quantity: int
    slots: int
    rank: int
    meter_index: Int32
    day: Int32
    slot: NDArray[np.uint16]
    values: Float32
    quality: Byte | None = None

    @property
    def readings(self) -> int:
        return len(self.values)

    @property
    def row_bytes(self) -> int:
        return 15 if self.quality is not None else 14

    def take(self, rows: Rows) -> PointRows:
        quality = None if self.quality is None else self.quality[rows]
        return PointRows(
            self.quantity,
            self.slots,
            self.rank,
            self.meter_index[rows],
            self.day[rows],
            self.slot[rows],
            self.values[rows],
            quality,
        )


@dataclass(frozen=True, slots=True, eq=False)
class RegisterRows:
    """States of cumulative registers, one entry a row in all columns; ``slots``: those of the meters' curves."""

    quantity: int
    slots: int
    rank: int
    meter_index: Int32
    minute: Int32
    values: NDArray[np.float64]
    quality: Byte | None = None

    @property
    def readings(self) -> int:
        return len(self.values)

    @property
    def row_bytes(self) -> int:
        return 17 if self.quality is not None else 16

    def take(self, rows: Rows) -> RegisterRows:
        quality = None if self.quality is None else self.quality[rows]
        meter_index, minute, values = self.meter_index[rows], self.minute[rows], self.values[rows]
        return RegisterRows(self.quantity, self.slots, self.rank, meter_index, minute, values, quality)


Section = CurveRows | PointRows | RegisterRows


@dataclass(frozen=True, slots=True)
class Part:
    """One Kafka record: sections of one shard."""

    shard: int
    sections: tuple[Section, ...]

    @property
    def readings(self) -> int:
        return sum(section.readings for section in self.sections)


_SHAPES: Final = {CurveRows: _CURVES, PointRows: _POINTS, RegisterRows: _REGISTERS}


def encode(sections: Sequence[Section]) -> bytes:
    """The bytes of a record."""
    pieces = [_HEAD.pack(VERSION, len(sections))]
    for section in sections:
        shape = _SHAPES[type(section)]
        rows, has_quality = len(section.meter_index), section.quality is not None
        pieces.append(_SECTION.pack(shape, section.quantity, section.slots, rows, section.rank, int(has_quality)))
        pieces.append(np.ascontiguousarray(section.meter_index, "<i4").tobytes())
        if isinstance(section, RegisterRows):
            pieces.append(np.ascontiguousarray(section.minute, "<i4").tobytes())
            pieces.append(np.ascontiguousarray(section.values, "<f8").tobytes())
        else:
            pieces.append(np.ascontiguousarray(section.day, "<i4").tobytes())
            if isinstance(section, PointRows):
                pieces.append(np.ascontiguousarray(section.slot, "<u2").tobytes())
            pieces.append(np.ascontiguousarray(section.values, "<f4").tobytes())
        if section.quality is not None:
            pieces.append(np.ascontiguousarray(section.quality, np.uint8).tobytes())
    return b"".join(pieces)


def decode(record: bytes) -> tuple[Section, ...]:
    """The sections of a record, as views of its bytes. Raises MalformedBlock."""
    try:
        version, count = _HEAD.unpack_from(record)
    except struct.error as error:
        raise MalformedBlock("shorter than a head") from error
    if version != VERSION:
        raise MalformedBlock(f"version {version}, expected {VERSION}")
    reader = _Reader(record, _HEAD.size)
    sections = tuple(_section(reader) for _ in range(count))
    if reader.at != len(record):
        raise MalformedBlock(f"{len(record) - reader.at} bytes after the last section")
    return sections


class _Reader:
    def __init__(self, record: bytes, at: int) -> None:
        self.record, self.at = record, at

    def head(self) -> tuple[int, int, int, int, int, int]:
        try:
            head = _SECTION.unpack_from(self.record, self.at)
        except struct.error as error:
            raise MalformedBlock("ends within a section's head") from error
        self.at += _SECTION.size
        shape, quantity, slots, rows, rank, has_quality = head
        return shape, quantity, slots, rows, rank, has_quality

    def column(self, dtype: str, count: int) -> NDArray[np.generic]:
        size = np.dtype(dtype).itemsize * count
        if self.at + size > len(self.record):
            raise MalformedBlock("ends within a column")
        column = np.frombuffer(self.record, dtype, count, self.at)
        self.at += size
        return column


def _section(reader: _Reader) -> Section:
    shape, quantity, slots, rows, rank, has_quality = reader.head()
    if shape not in _SHAPES.values() or slots not in _ALLOWED_SLOTS or has_quality > 1:
        raise MalformedBlock(f"shape {shape}, slots {slots}, quality {has_quality}")
    meter_index = reader.column("<i4", rows).astype(np.int32)
    day = reader.column("<i4", rows).astype(np.int32)
    if rows and int(meter_index.min()) < 0:
        raise MalformedBlock("a negative meter index")
    if shape == _REGISTERS:
        states = reader.column("<f8", rows).astype(np.float64)
        if not np.isfinite(states).all():
            raise MalformedBlock("a register without a state")
        return RegisterRows(quantity, slots, rank, meter_index, day, states, _qualities(reader, has_quality, rows))
    slot = None
    if shape == _POINTS:
        slot = reader.column("<u2", rows).astype(np.uint16)
        if rows and int(slot.max()) >= slots:
            raise MalformedBlock(f"slot {int(slot.max())} of {slots}")
    size = rows * slots if slot is None else rows
    values = reader.column("<f4", size).astype(np.float32)
    if np.isinf(values).any():
        raise MalformedBlock("an infinite value")
    quality = _qualities(reader, has_quality, size)
    if slot is not None:
        return PointRows(quantity, slots, rank, meter_index, day, slot, values, quality)
    if quality is not None:
        quality = quality.reshape(rows, slots)
    return CurveRows(quantity, slots, rank, meter_index, day, values.reshape(rows, slots), quality)


def _qualities(reader: _Reader, has_quality: int, size: int) -> Byte | None:
    if not has_quality:
        return None
    quality = reader.column("u1", size).astype(np.uint8)
    if size and int(quality.max()) > _MAX_QUALITY:
        raise MalformedBlock(f"quality {int(quality.max())}")
    return quality


def split(sections: Sequence[Section], max_bytes: int = MAX_BYTES) -> list[Part]:
    """Cut a body into records: one shard each, no longer than ``max_bytes``, rows in the body's order."""
    by_shard: dict[int, list[Section]] = {}
    for section in sections:
        for shard, rows in _of_shards(section.meter_index // SHARD_METERS):
            by_shard.setdefault(shard, []).append(section if rows is None else section.take(rows))
    return [Part(shard, group) for shard, own in sorted(by_shard.items()) for group in _packed(own, max_bytes)]


def _of_shards(shard: Int32) -> list[tuple[int, Rows | None]]:
    """Each shard's rows, None where all are of one; mostly a body names its meters in rising order."""
    if not len(shard):
        return []
    if (shard[1:] < shard[:-1]).any():
        return [(number, np.flatnonzero(shard == number)) for number in np.unique(shard).tolist()]
    starts = [0, *(np.flatnonzero(shard[1:] != shard[:-1]) + 1).tolist(), len(shard)]
    if len(starts) == 2:
        return [(int(shard[0]), None)]
    return [(int(shard[first]), slice(first, end)) for first, end in itertools.pairwise(starts)]


def _packed(sections: list[Section], max_bytes: int) -> list[tuple[Section, ...]]:
    groups: list[tuple[Section, ...]] = []
    group: list[Section] = []
    room = max_bytes - _HEAD.size
    for section in sections:
        done, rows = 0, len(section.meter_index)
        while done < rows:
            fits = (room - _SECTION.size) // section.row_bytes
            if fits < 1 or len(group) == 255:
                groups.append(tuple(group))
                group, room = [], max_bytes - _HEAD.size
                continue
            end = min(rows, done + fits)
            piece = section if end - done == rows else section.take(slice(done, end))
            group.append(piece)
            room -= _SECTION.size + (end - done) * section.row_bytes
            done = end
    if group:
        groups.append(tuple(group))
    return groups
