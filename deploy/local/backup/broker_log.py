"""Kafka's log beside a backup: carried over as it grows, walked through batch by batch, cut at a moment.

A partition's log is a row of files named by their first offset, and only the last of them grows. What stands in
the others is never changed in the copy: where compaction or retention makes them smaller, the copy keeps what was.
Records have the time at which they were sent; so a log can be cut at the moment to which the databases are put
back, and then holds nothing that these do not know and lacks nothing that they rely on (decision 0105). How the
copies rest, in the clear or sealed, is copies.py's.
"""

import re
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiokafka.record.util import calc_crc32c

from deploy.local.backup.copies import PLAIN, TAIL, Copies
from deploy.local.errors import BackupDamaged

# A batch begins with its first offset, its length from here on, and after the checksum what these tell apart.
_HEAD = struct.Struct(">qiibIhiqq")
_BEFORE_LENGTH = 12
_CHECKED_FROM = 21
_MAGIC = 2
_CHUNK = 1 << 20
_PARTITION = re.compile(r".+-\d+")
_SEGMENT = re.compile(r"\d{20}\.log")
METADATA = "__cluster_metadata-0"
_TOPIC_ID = "partition.metadata"
# Beside the partitions: which cluster and which directory this is. What else stands there is made anew.
_OF_THE_BROKER = ("meta.properties", "bootstrap.checkpoint")
_DERIVED = (".index", ".timeindex", ".txnindex", ".snapshot", ".deleted", ".swap", ".cleaned", ".lock")


@dataclass(frozen=True)
class Batch:
    """Where a batch stands in its file, its offsets, and the latest time of its records (Unix milliseconds)."""

    position: int
    size: int
    first: int
    last: int
    latest_ms: int


def carry_over(
    live: Path, kept: Path, earlier: Path | None = None, *, copies: Copies = PLAIN, earlier_copies: Copies = PLAIN
) -> None:
    """Bring the copy `kept` of a broker's data up to `live`; closed files that `earlier` has are linked to it."""
    kept.mkdir(parents=True, exist_ok=True)
    for name in _OF_THE_BROKER:
        if (live / name).exists() and copies.size(kept / name) is None:
            copies.put(live / name, kept / name)
    for partition in sorted(live.iterdir()):
        if partition.is_dir() and _PARTITION.fullmatch(partition.name):
            there = earlier / partition.name if earlier else None
            try:
                _carry_partition(partition, kept / partition.name, there, copies, earlier_copies)
            except FileNotFoundError:
                # Deleted while we looked; what was carried over stays.
                continue
    copies.save()


def segments(partition: Path, copies: Copies = PLAIN) -> list[Path]:
    return [path for path in copies.listing(partition) if _SEGMENT.fullmatch(path.name)]


def batches(segment: Path, *, checked: bool = False, copies: Copies = PLAIN) -> Iterator[Batch]:
    """The batches of a file, up to one that is not whole yet. Raises BackupDamaged where it is none."""
    size = copies.size(segment) or 0
    with copies.open(segment) as file:
        position = 0
        while position + _HEAD.size <= size:
            head = file.read(_HEAD.size)
            first, length, _, magic, crc, _, delta, _, latest = _HEAD.unpack(head)
            if magic != _MAGIC or length < _HEAD.size - _BEFORE_LENGTH:
                raise BackupDamaged(f"{segment} is damaged at byte {position}.", "Use another base backup.")
            whole = _BEFORE_LENGTH + length
            if position + whole > size:
                return
            body = file.read(whole - _HEAD.size)
            if checked and calc_crc32c((head + body)[_CHECKED_FROM:]) != crc:
                raise BackupDamaged(f"{segment} is damaged in offset {first}.", "Use another base backup.")
            yield Batch(position, whole, first, first + delta, latest)
            position += whole


def cut_partition(kept: Path, target: Path, before_ms: int | None, copies: Copies = PLAIN) -> int:
    """Copy a partition up to its first batch with a record of `before_ms` or later; returns its next offset.

    That batch was not acknowledged before that moment, nor was any behind it, whatever their own times say. Raises
    BackupDamaged for a batch that is not what was written.
    """
    target.mkdir(parents=True)
    if copies.size(kept / _TOPIC_ID) is not None:
        take(kept / _TOPIC_ID, target / _TOPIC_ID, copies)
    end = 0
    present = segments(kept, copies)
    for segment in present:
        end = max(end, int(segment.stem))
        size = 0
        is_cut = False
        for batch in batches(segment, checked=True, copies=copies):
            if before_ms is not None and batch.latest_ms >= before_ms:
                is_cut = True
                break
            size = batch.position + batch.size
            end = batch.last + 1
        if not is_cut and size < (copies.size(segment) or 0) and segment is not present[-1]:
            raise BackupDamaged(f"{segment} lacks its end.", "Use another base backup.")
        _take_beginning(segment, target / segment.name, size, copies)
        if is_cut:
            break
    return end


def carry_file(live: Path, kept: Path, copies: Copies) -> None:
    """Copy a small file that is written anew as a whole; where the copy is the same, it stays as it is."""
    if _bytes_of(kept, copies) != live.read_bytes():
        copies.put(live, kept)


def take(kept: Path, target: Path, copies: Copies = PLAIN) -> None:
    """Put a copy back, in the clear: a file, or a directory with what is in it."""
    if kept.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        for path in copies.listing(kept):
            take(path, target / path.name, copies)
        return
    with copies.open(kept) as file, target.open("wb") as made:
        shutil.copyfileobj(file, made, _CHUNK)


def _carry_partition(live: Path, kept: Path, earlier: Path | None, copies: Copies, earlier_copies: Copies) -> None:
    # Another topic of the same name: it was deleted and made anew.
    known = _bytes_of(kept / _TOPIC_ID, copies)
    if known is not None and known != _bytes_of(live / _TOPIC_ID):
        copies.drop(kept)
        known = None
    kept.mkdir(exist_ok=True)
    if live.name == METADATA:
        _carry_whole(live, kept, copies)
    elif known is None and (live / _TOPIC_ID).exists():
        copies.put(live / _TOPIC_ID, kept / _TOPIC_ID)
    present = segments(live)
    had = segments(kept, copies)
    newest = had[-1].name if had else ""
    for segment in present:
        is_last = segment is present[-1]
        target = kept / segment.name
        if segment.name > newest:
            shared = earlier / segment.name if earlier and not is_last else None
            if shared is None or not copies.link(segment, earlier_copies, shared, target):
                copies.put(segment, target)
        elif segment.name == newest:
            _grow(segment, target, copies, is_last=is_last)


def _carry_whole(live: Path, kept: Path, copies: Copies) -> None:
    """The controller's own files: snapshots before the log, so that none begins behind what is there."""
    for path in sorted(live.iterdir()):
        if path.suffix in _DERIVED or _SEGMENT.fullmatch(path.name) or not path.is_file():
            continue
        carry_file(path, kept / path.name, copies)


def _grow(live: Path, kept: Path, copies: Copies, *, is_last: bool) -> None:
    size, had = live.stat().st_size, copies.size(kept)
    if size == had:
        return
    if had is not None and size > had and copies.tail(kept) == _before(live, had):
        copies.extend(live, kept)
    elif is_last or had is None:
        # The broker came back after a power cut and took the end of its log back.
        copies.put(live, kept)
    # Otherwise it was compacted: what was stays.


def _before(live: Path, position: int) -> bytes:
    with live.open("rb") as source:
        start = max(0, position - TAIL)
        source.seek(start)
        return source.read(position - start)


def _take_beginning(source: Path, target: Path, size: int, copies: Copies) -> None:
    left = size
    with copies.open(source) as kept, target.open("wb") as made:
        while left:
            chunk = kept.read(min(_CHUNK, left))
            if not chunk:
                raise BackupDamaged(f"{source} became shorter while it was read.", "Try again.")
            made.write(chunk)
            left -= len(chunk)


def _bytes_of(path: Path, copies: Copies = PLAIN) -> bytes | None:
    if copies.size(path) is None:
        return None
    with copies.open(path) as file:
        return file.read()
