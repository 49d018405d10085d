"""The directory of a stack's backups.

archive.json      whose backups these are
key.json          the key of what is encrypted, sealed under the passphrase (none without one)
wal/              PostgreSQL's log, a file a segment, compressed
bases/NAME/       a base backup: manifest.json, postgres/, stack/, clock.jsonl and
    kafka/BROKER/     Kafka's log, which grows until the next base backup takes over

Under a passphrase everything is encrypted under its own name (sealed_files.py), but for these: archive.json,
manifest.json (authenticated by a code) and clock.jsonl.
"""

import fcntl
import hashlib
import hmac
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.local.backup.rest import Rest
from deploy.local.backup.sealed_files import ArchiveKey
from deploy.local.errors import BackupDamaged, StackError
from deploy.local.programs import write_atomically

# 2: the databases in one file, everything encrypted where there is a passphrase.
FORMAT = 2
_ARCHIVE_FORMAT = 1
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a base backup holds. Instants are ISO 8601 in UTC; sizes are bytes; digests are SHA-256.

    From `ended_at` on the databases can be put back to any moment that the archive reaches; PostgreSQL's log is
    needed from `first_segment` on, and the base holds it up to `last_segment`. `migrations`: the revision of each
    database. `sealed`: encrypted; then `code` shows that this was written by somebody who has the key.
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
    sealed: bool = False
    code: str = ""

    def coded(self, key: ArchiveKey) -> str:
        body = json.dumps(asdict(replace(self, code="")), sort_keys=True)
        return key.code(body.encode())

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

    def rest(self, key: ArchiveKey | None) -> Rest:
        """How its files rest. Raises StackError where they are encrypted and no key is at hand."""
        if self.manifest.sealed and key is None:
            raise StackError(
                f"The backup {self.manifest.name} is encrypted.", "Name its passphrase: --passphrase-file FILE"
            )
        return Rest(key if self.manifest.sealed else None, self.manifest.begun_at)


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
        mine = {"format": _ARCHIVE_FORMAT, "system": system, "stack": str(stack)}
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

    def finish(self, manifest: Manifest, key: ArchiveKey | None = None) -> Base:
        """Count and digest what stands in the unfinished base, and let it become one."""
        place = self.unfinished
        files = [
            path for part in ("postgres", "stack") for path in sorted((place / part).rglob("*")) if path.is_file()
        ]
        names = {str(path.relative_to(place)): path for path in files}
        whole = replace(
            manifest,
            sizes={name: path.stat().st_size for name, path in names.items()},
            digests={name: digest_of(path) for name, path in names.items()},
            sealed=key is not None,
        )
        if key is not None:
            whole = replace(whole, code=whole.coded(key))
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


def check_files(base: Base, key: ArchiveKey | None = None) -> None:
    """Raises BackupDamaged naming the first file that is missing or another than was written.

    Without the `key` of a backup that is encrypted its manifest is believed.
    """
    manifest = base.directory / "manifest.json"
    if base.manifest.sealed and key is not None:
        if base.manifest.name != base.directory.name:
            raise BackupDamaged(f"{manifest} is another backup's.", "Use another base backup.")
        if not hmac.compare_digest(base.manifest.code, base.manifest.coded(key)):
            raise BackupDamaged(f"{manifest} is damaged: it is not what was written.", "Use another base backup.")
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
        # What a manifest of an earlier form lacks.
        later = {each.name for each in fields(Manifest) if each.default is not MISSING}
        names = [each.name for each in fields(Manifest) if each.name in body or each.name not in later]
        return Manifest(**{name: body[name] for name in names})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupDamaged(f"{path} is damaged: {error!r}", "Use another base backup.") from error


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
