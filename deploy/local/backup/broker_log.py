"""Kafka's log beside a backup: carried over as it grows, walked through batch by batch, cut at a moment.

A partition's log is a row of files named by their first offset, and only the last of them grows. What stands in
the others is never changed in the copy: where compaction or retention makes them smaller, the copy keeps what was.
Records have the time at which they were sent; so a log can be cut at the moment to which the databases are put
back, and then holds nothing that these do not know and lacks nothing that they rely on (decision 0105).
"""

import os
import re
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiokafka.record.util import calc_crc32c

from deploy.local.backup.store import BackupDamaged

# A batch begins with its first offset, its length from here on, and after the checksum what these tell apart.
_HEAD = struct.Struct(">qiibIhiqq")
_BEFORE_LENGTH = 12
_CHECKED_FROM = 21
_MAGIC = 2
_TAIL = 64
_CHUNK = 1 << 20
_PARTITION = re.compile(r".+-\d+")
_SEGMENT = re.compile(r"\d{20}\.log")
METADATA = "__cluster_metadata-0"
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


def carry_over(live: Path, kept: Path, earlier: Path | None = None) -> None:
    """Bring the copy `kept` of a broker's data up to `live`; closed files that `earlier` has are linked to it."""
    kept.mkdir(parents=True, exist_ok=True)
    for name in _OF_THE_BROKER:
        if (live / name).exists() and not (kept / name).exists():
            _copy(live / name, kept / name)
    for partition in sorted(live.iterdir()):
        if partition.is_dir() and _PARTITION.fullmatch(partition.name):
            try:
                _carry_partition(partition, kept / partition.name, earlier / partition.name if earlier else None)
            except FileNotFoundError:
                # Deleted while we looked; what was carried over stays.
                continue


def segments(partition: Path) -> list[Path]:
    return sorted(path for path in partition.iterdir() if _SEGMENT.fullmatch(path.name))


def batches(segment: Path, *, checked: bool = False) -> Iterator[Batch]:
    """The batches of a file, up to one that is not whole yet. Raises BackupDamaged where it is none."""
    size = segment.stat().st_size
    with segment.open("rb") as file:
        position = 0
        while position + _HEAD.size <= size:
            file.seek(position)
            head = file.read(_HEAD.size)
            first, length, _, magic, crc, _, delta, _, latest = _HEAD.unpack(head)
            if magic != _MAGIC or length < _HEAD.size - _BEFORE_LENGTH:
                raise BackupDamaged(f"{segment} is damaged at byte {position}.", "Use another base backup.")
            whole = _BEFORE_LENGTH + length
            if position + whole > size:
                return
            if checked and calc_crc32c((head + file.read(whole - _HEAD.size))[_CHECKED_FROM:]) != crc:
                raise BackupDamaged(f"{segment} is damaged in offset {first}.", "Use another base backup.")
            yield Batch(position, whole, first, first + delta, latest)
            position += whole


def cut_partition(kept: Path, target: Path, before_ms: int | None) -> int:
    """Copy a partition up to its first batch with a record of `before_ms` or later; returns its next offset.

    That batch was not acknowledged before that moment, nor was any behind it, whatever their own times say. Raises
    BackupDamaged for a batch that is not what was written.
    """
    target.mkdir(parents=True)
    if (kept / "partition.metadata").exists():
        shutil.copyfile(kept / "partition.metadata", target / "partition.metadata")
    end = 0
    present = segments(kept)
    for segment in present:
        end = max(end, int(segment.stem))
        size = 0
        is_cut = False
        for batch in batches(segment, checked=True):
            if before_ms is not None and batch.latest_ms >= before_ms:
                is_cut = True
                break
            size = batch.position + batch.size
            end = batch.last + 1
        if not is_cut and size < segment.stat().st_size and segment is not present[-1]:
            raise BackupDamaged(f"{segment} lacks its end.", "Use another base backup.")
        _copy_beginning(segment, target / segment.name, size)
        if is_cut:
            break
    return end


def _carry_partition(live: Path, kept: Path, earlier: Path | None) -> None:
    # Another topic of the same name: it was deleted and made anew.
    if _bytes_of(kept / "partition.metadata") not in {None, _bytes_of(live / "partition.metadata")}:
        shutil.rmtree(kept)
    kept.mkdir(exist_ok=True)
    if live.name == METADATA:
        _carry_whole(live, kept)
    elif (live / "partition.metadata").exists() and not (kept / "partition.metadata").exists():
        _copy(live / "partition.metadata", kept / "partition.metadata")
    present = segments(live)
    had = segments(kept)
    newest = had[-1].name if had else ""
    for segment in present:
        is_last = segment is present[-1]
        target = kept / segment.name
        if segment.name > newest:
            if is_last or not _link(segment, earlier / segment.name if earlier else None, target):
                _copy(segment, target)
        elif segment.name == newest:
            _grow(segment, target, is_last=is_last)


def _carry_whole(live: Path, kept: Path) -> None:
    """The controller's own files: snapshots before the log, so that none begins behind what is there."""
    for path in sorted(live.iterdir()):
        if path.suffix in _DERIVED or _SEGMENT.fullmatch(path.name) or not path.is_file():
            continue
        if _bytes_of(kept / path.name) != path.read_bytes():
            _copy(path, kept / path.name)


def _grow(live: Path, kept: Path, *, is_last: bool) -> None:
    size, had = live.stat().st_size, kept.stat().st_size
    if size == had:
        return
    with live.open("rb") as source, kept.open("r+b") as target:
        start = max(0, had - _TAIL)
        source.seek(start)
        target.seek(start)
        if size < had or source.read(had - start) != target.read():
            if not is_last:
                return  # compaction: what was stays
            # The broker came back after a power cut and took the end of its log back.
            start = had = 0
            target.truncate(0)
        source.seek(had)
        target.seek(had)
        shutil.copyfileobj(source, target, _CHUNK)
        target.flush()
        os.fsync(target.fileno())
    _take_time(live, kept)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as live, target.open("wb") as kept:
        shutil.copyfileobj(live, kept, _CHUNK)
        kept.flush()
        os.fsync(kept.fileno())
    _take_time(source, target)


def _take_time(source: Path, target: Path) -> None:
    at = source.stat().st_mtime_ns
    os.utime(target, ns=(at, at))


def _link(live: Path, earlier: Path | None, target: Path) -> bool:
    if earlier is None or not earlier.exists():
        return False
    here, there = live.stat(), earlier.stat()
    if (here.st_size, here.st_mtime_ns) != (there.st_size, there.st_mtime_ns):
        return False
    try:
        os.link(earlier, target)
    except OSError:  # a file system without links
        return False
    return True


def _copy_beginning(source: Path, target: Path, size: int) -> None:
    with source.open("rb") as kept, target.open("wb") as made:
        left = size
        while left:
            chunk = kept.read(min(_CHUNK, left))
            if not chunk:
                raise BackupDamaged(f"{source} became shorter while it was read.", "Try again.")
            made.write(chunk)
            left -= len(chunk)


def _bytes_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
