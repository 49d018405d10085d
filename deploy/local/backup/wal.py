"""PostgreSQL's log in the archive: carried there from the server's own spool, and back for a recovery.

Compressed, and under the key of the archive sealed, each file for its own name.
"""

import gzip
import os
import re
import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from deploy.local.backup.sealed_files import ArchiveKey, Sink, header_of, opened, sealing_to
from deploy.local.errors import BackupDamaged, StackError

SEGMENT_BYTES = 16 * 1024 * 1024
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_ARCHIVED = re.compile(r"[0-9A-F]{24}(\.[0-9A-F]{8}\.backup)?|[0-9A-F]{8}\.history")
# What PostgreSQL runs to get a file, from its data directory. One that is not there ends the recovery, one
# that cannot be read must not pass for that.
RESTORE_COMMAND = 'test -f "../recovery/%f.gz" || exit 1; gzip -dc "../recovery/%f.gz" > "%p" || exit 255'
_PER_FILE = (1 << 32) // SEGMENT_BYTES


def segment_of(timeline: int, position: str) -> str:
    """The name of the file that holds a position such as 0/2000028."""
    high, _, low = position.partition("/")
    return f"{timeline:08X}{int(high, 16):08X}{int(low, 16) // SEGMENT_BYTES:08X}"


def spooled(spool: Path) -> list[str]:
    """Files that PostgreSQL has handed over whole, oldest first."""
    if not spool.exists():
        return []
    return sorted(path.name for path in spool.iterdir() if _ARCHIVED.fullmatch(path.name))


def publish(spool: Path, archive: Path, names: Sequence[str], key: ArchiveKey | None = None) -> None:
    """Move these files into the archive, each compressed, sealed and durable before it leaves the spool."""
    for name in names:
        part = archive / f".{name}.part"
        with (spool / name).open("rb") as source:
            if key is None:
                with part.open("wb") as target:
                    _compress(source, target)
                    target.flush()
                    os.fsync(target.fileno())
            else:
                with sealing_to(part, key, _purpose(name)) as sink:
                    _compress(source, sink)
        part.rename(archive / f"{name}.gz")
        (spool / name).unlink()


def chain(archive: Path, first: str, last: str, *, up_to_a_gap: bool = False) -> list[str]:
    """The archived segments from `first` on that follow each other; a base holds those up to `last` itself.

    Raises BackupDamaged naming one that is missing before others.
    """
    names = {path.name.removesuffix(".gz") for path in archive.glob("*.gz")}
    found: list[str] = []
    name = first
    while name in names or name <= last:
        if name in names:
            found.append(name)
        name = _following(name)
    if not up_to_a_gap and any(_SEGMENT.fullmatch(later) and later > name for later in names):
        raise BackupDamaged(
            f"{archive} lacks {name}: what was archived after it cannot be reached.",
            "Put the file back, choose an earlier moment (--at), or restore from a later base backup.",
        )
    return found


def put_ready(archive: Path, names: Sequence[str], target: Path, key: ArchiveKey | None = None) -> None:
    """Copy them for a recovery, compressed and no longer sealed; :func:`check` has read them through before."""
    for name in names:
        with _packed(archive, name, key) as source, (target / f"{name}.gz").open("wb") as made:
            shutil.copyfileobj(source, made, 1 << 20)


def check(archive: Path, names: Sequence[str], key: ArchiveKey | None = None, *, all_sealed: bool = False) -> None:
    """Raises BackupDamaged naming a file that is not whole, or, with `all_sealed`, one that is not sealed."""
    for name in names:
        path = archive / f"{name}.gz"
        if all_sealed and header_of(path) is None:
            raise BackupDamaged(f"{path} is damaged: it is not encrypted.", "Put the file of before there.")
        with _packed(archive, name, key) as source:
            _unpacked(path, source)


def _purpose(name: str) -> str:
    return f"wal/{name}"


def _packed(archive: Path, name: str, key: ArchiveKey | None) -> BinaryIO:
    path = archive / f"{name}.gz"
    if header_of(path) is None:
        return path.open("rb")
    if key is None:
        raise StackError(f"{path} is encrypted.", "Name the passphrase: --passphrase-file FILE")
    return opened(path, key, _purpose(name))


def _compress(source: BinaryIO, target: BinaryIO | Sink) -> None:
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=1, filename="", mtime=0) as packed:
        shutil.copyfileobj(source, packed, 1 << 20)


def _unpacked(path: Path, source: BinaryIO) -> bytes:
    try:
        with gzip.GzipFile(fileobj=source, mode="rb") as packed:
            body = packed.read()
    except (OSError, EOFError, zlib.error) as error:
        raise BackupDamaged(f"{path} is damaged: {error}", "Put a whole copy of it there.") from error
    if len(body) != SEGMENT_BYTES:
        raise BackupDamaged(f"{path} is damaged: {len(body)} bytes.", "Put a whole copy of it there.")
    return body


def _following(name: str) -> str:
    number = int(name[8:16], 16) * _PER_FILE + int(name[16:], 16) + 1
    return f"{name[:8]}{number // _PER_FILE:08X}{number % _PER_FILE:08X}"
