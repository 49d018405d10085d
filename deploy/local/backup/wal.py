"""PostgreSQL's log in the archive: carried there from the server's own spool, and back for a recovery."""

import gzip
import os
import re
import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path

from deploy.local.backup.store import BackupDamaged

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


def publish(spool: Path, archive: Path, names: Sequence[str]) -> None:
    """Move these files into the archive, each compressed and durable before it leaves the spool."""
    for name in names:
        part = archive / f".{name}.part"
        with (spool / name).open("rb") as source, part.open("wb") as target:
            with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=1, filename="", mtime=0) as packed:
                shutil.copyfileobj(source, packed, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
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


def put_ready(archive: Path, names: Sequence[str], target: Path) -> None:
    """Copy them as they are for a recovery, each read through first. Raises BackupDamaged naming one not whole."""
    for name in names:
        _unpacked(archive / f"{name}.gz")
        shutil.copyfile(archive / f"{name}.gz", target / f"{name}.gz")


def check(archive: Path, names: Sequence[str]) -> None:
    """Raises BackupDamaged naming a file that is not whole."""
    for name in names:
        _unpacked(archive / f"{name}.gz")


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path) as packed:
            body = packed.read()
    except (OSError, EOFError, zlib.error) as error:
        raise BackupDamaged(f"{path} is damaged: {error}", "Put a whole copy of it there.") from error
    if len(body) != SEGMENT_BYTES:
        raise BackupDamaged(f"{path} is damaged: {len(body)} bytes.", "Put a whole copy of it there.")
    return body


def _following(name: str) -> str:
    number = int(name[8:16], 16) * _PER_FILE + int(name[16:], 16) + 1
    return f"{name[:8]}{number // _PER_FILE:08X}{number % _PER_FILE:08X}"
