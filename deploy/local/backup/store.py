"""The directory of a stack's backups.

archive.json      whose backups these are
wal/              PostgreSQL's log, a file a segment, compressed
bases/NAME/       a base backup: manifest.json, postgres/, stack/, clock.jsonl and
    kafka/BROKER/     Kafka's log, which grows until the next base backup takes over
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.local.errors import StackError
from deploy.local.programs import write_atomically

FORMAT = 1
_CHUNK = 1 << 20


class BackupDamaged(StackError):
    """A file of the backup is missing or is not what was written."""


@dataclass(frozen=True)
class Manifest:
    """What a base backup holds. Instants are ISO 8601 in UTC; sizes are bytes; digests are SHA-256.

    From `ended_at` on the databases can be put back to any moment that the archive reaches; PostgreSQL's log is
    needed from `first_segment` on, and the base holds it up to `last_segment`. `migrations`: the revision of each
    database.
    """

    format: int
    name: str
    begun_at: str
    ended_at: str
    revision: str | None
    layout: int
    postgres: str
    kafka: str
    system: str
    first_segment: str
    last_segment: str
    migrations: dict[str, str]
    secrets: str
    left_out: list[str]
    sizes: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def ended(self) -> datetime:
        return datetime.fromisoformat(self.ended_at)


@dataclass(frozen=True)
class Base:
    """One base backup that is whole."""

    directory: Path
    manifest: Manifest

    @property
    def kafka(self) -> Path:
        return self.directory / "kafka"

    @property
    def clock(self) -> Path:
        return self.directory / "clock.jsonl"


@dataclass(frozen=True)
class Store:
    directory: Path

    @property
    def wal(self) -> Path:
        return self.directory / "wal"

    @property
    def unfinished(self) -> Path:
        return self.directory / "bases" / ".new"

    def bases(self) -> list[Base]:
        """Oldest first. Raises BackupDamaged for a manifest that cannot be read, StackError for a newer one."""
        found = sorted((self.directory / "bases").glob("[0-9]*"))
        return [Base(directory, _manifest(directory / "manifest.json")) for directory in found]

    def belong_to(self, system: str, stack: Path) -> None:
        """Take an empty directory for this stack. Raises StackError when it holds another's backups."""
        owner = self.directory / "archive.json"
        mine = {"format": FORMAT, "system": system, "stack": str(stack)}
        if owner.exists():
            found = json.loads(owner.read_text(encoding="utf-8"))
            if found != mine:
                raise StackError(
                    f"{self.directory} holds the backups of the stack in {found.get('stack')}.",
                    "Choose another directory for this stack's.",
                )
            return
        if self.directory.exists() and any(self.directory.iterdir()):
            raise StackError(
                f"{self.directory} is not empty and holds no backups.", "Choose a directory that is empty or new."
            )
        try:
            for directory in (self.directory, self.wal, self.directory / "bases"):
                directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StackError(f"{self.directory} cannot be used: {error.strerror}.", "Choose another.") from error
        write_atomically(owner, json.dumps(mine, indent=2), mode=0o600)

    @contextmanager
    def locked(self, what: str) -> Iterator[None]:
        """One at a time: `base` for those who make base backups, `log` for those who carry logs over."""
        with (self.directory / f".{what}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def finish(self, manifest: Manifest) -> Base:
        """Count and digest what stands in the unfinished base, and let it become one."""
        place = self.unfinished
        files = [
            path for part in ("postgres", "stack") for path in sorted((place / part).rglob("*")) if path.is_file()
        ]
        names = {str(path.relative_to(place)): path for path in files}
        whole = Manifest(
            **{
                **asdict(manifest),
                "sizes": {name: path.stat().st_size for name, path in names.items()},
                "digests": {name: digest_of(path) for name, path in names.items()},
            }
        )
        write_atomically(place / "manifest.json", json.dumps(asdict(whole), indent=2), mode=0o600)
        target = self.directory / "bases" / manifest.name
        place.rename(target)
        _sync_directory(target.parent)
        return Base(target, whole)

    def forget_all_but(self, keep: int) -> list[str]:
        """Delete the older bases, and the log that none of the others needs; returns the names of the bases."""
        bases = self.bases()
        gone, kept = bases[:-keep], bases[-keep:]
        for base in gone:
            # Aside first: half of a base must not look like one.
            aside = self.directory / "bases" / f".gone-{base.manifest.name}"
            base.directory.rename(aside)
            shutil.rmtree(aside)
        if kept:
            first = min(base.manifest.first_segment for base in kept)
            for segment in self.wal.glob("[0-9A-F]*.gz"):
                # The first eight figures are the timeline, which files of history go by.
                if len(segment.name.split(".")[0]) == len(first) and segment.name[:24] < first:
                    segment.unlink()
        return [base.manifest.name for base in gone]


def store_in(directory: Path) -> Store:
    return Store(directory.expanduser().resolve())


def name_at(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check_files(base: Base) -> None:
    """Raises BackupDamaged naming the first file that is missing or another than was written."""
    for name, digest in base.manifest.digests.items():
        path = base.directory / name
        if not path.exists():
            raise BackupDamaged(f"{path} is missing.", "Use another base backup.")
        if path.stat().st_size != base.manifest.sizes[name] or digest_of(path) != digest:
            raise BackupDamaged(f"{path} is damaged: it is not what was written.", "Use another base backup.")


def _manifest(path: Path) -> Manifest:
    try:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = int(body["format"])
        if found > FORMAT:
            raise StackError(
                f"{path} was made by a newer version (format {found}, this one knows {FORMAT}).",
                "Use the newer version.",
            )
        return Manifest(**{each.name: body[each.name] for each in fields(Manifest)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupDamaged(f"{path} is damaged: {error!r}", "Use another base backup.") from error


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
