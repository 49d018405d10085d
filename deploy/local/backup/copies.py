"""How the files of a base backup rest: as they are, or sealed under the key of their archive.

Kafka's log grows in the base until the next one takes over. A sealed file that grows has no end of its own; an
index beside the log, sealed too and replaced as a whole, says which files there are and how long each is. So a
file that is missing, shortened or put in place of another shows, and what a crash left half behind is not read.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from deploy.local.backup.sealed_files import (
    ArchiveKey,
    append,
    header_of,
    new_header,
    opened,
    sealing_to,
)
from deploy.local.errors import BackupDamaged

TAIL = 64
_CHUNK = 1 << 20
_INDEX = "index"


class Copies(Protocol):
    """The copied files of one broker. Paths are those of the copies; sizes are bytes of what was copied."""

    def listing(self, directory: Path) -> list[Path]:
        """Files and directories in it, by name; none where there is no such directory."""

    def size(self, path: Path) -> int | None: ...

    def tail(self, path: Path) -> bytes:
        """The last bytes of it, at most 64."""

    def open(self, path: Path) -> BinaryIO:
        """To be read forward. Reading raises BackupDamaged where it is not what was written."""

    def put(self, source: Path, target: Path) -> None:
        """Copy the whole file, and its time with it."""

    def extend(self, source: Path, target: Path) -> None:
        """Copy what `source` has behind what `target` has."""

    def link(self, live: Path, earlier: "Copies", there: Path, target: Path) -> bool:
        """Share a file with an earlier base which has it as it is now; False when it has not."""

    def drop(self, directory: Path) -> None: ...

    def save(self) -> None:
        """Everything so far is to be found from here on."""

    def check(self) -> None:
        """Read what shows damage by itself. Raises BackupDamaged naming the first file that does."""


class PlainCopies:
    """As they are."""

    def listing(self, directory: Path) -> list[Path]:
        return sorted(directory.iterdir()) if directory.exists() else []

    def size(self, path: Path) -> int | None:
        return path.stat().st_size if path.exists() else None

    def tail(self, path: Path) -> bytes:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            return file.read()

    def open(self, path: Path) -> BinaryIO:
        return path.open("rb")

    def put(self, source: Path, target: Path) -> None:
        with source.open("rb") as live, target.open("wb") as kept:
            _finish(live, kept)
        _take_time(source, target)

    def extend(self, source: Path, target: Path) -> None:
        with source.open("rb") as live, target.open("ab") as kept:
            live.seek(kept.tell())
            _finish(live, kept)
        _take_time(source, target)

    def link(self, live: Path, earlier: Copies, there: Path, target: Path) -> bool:
        return isinstance(earlier, PlainCopies) and _is_as_it_was(live, earlier, there) and _link(there, target)

    def drop(self, directory: Path) -> None:
        shutil.rmtree(directory)

    def save(self) -> None:
        return

    def check(self) -> None:
        """Nothing shows; Kafka's own checksums are in its batches."""


PLAIN = PlainCopies()


@dataclass
class _Entry:
    """A file by the index: its beginning, its length in the clear and as it rests, its last bytes (in hex)."""

    id: str
    length: int
    stored: int
    tail: str


class SealedCopies:
    """Sealed under `key`; `root` is the broker's directory in the base, `base` tells this base from others."""

    def __init__(self, root: Path, key: ArchiveKey, base: str) -> None:
        self._root = root
        self._key = key
        # Bound to its base, the files are not: bases share them.
        self._purpose = f"{base}/{_INDEX}/{root.name}"
        self._entries: dict[str, _Entry] = {}
        self._is_saved = True
        if self._file.exists():
            with opened(self._file, key, self._purpose) as file:
                self._entries = {name: _Entry(**entry) for name, entry in json.load(file).items()}

    @property
    def _file(self) -> Path:
        return self._root / _INDEX

    def listing(self, directory: Path) -> list[Path]:
        prefix = "" if directory == self._root else f"{self._name(directory)}/"
        names = {name.removeprefix(prefix).split("/")[0] for name in self._entries if name.startswith(prefix)}
        return [directory / name for name in sorted(names)]

    def size(self, path: Path) -> int | None:
        entry = self._entries.get(self._name(path))
        if entry is None or not self._rests(path, entry):
            return None
        return entry.length

    def tail(self, path: Path) -> bytes:
        return bytes.fromhex(self._entries[self._name(path)].tail)

    def open(self, path: Path) -> BinaryIO:
        entry = self._entries.get(self._name(path))
        if entry is None or not self._rests(path, entry):
            raise BackupDamaged(
                f"{path} is missing, or not the file that its index names.", "Use another base backup."
            )
        return opened(path, self._key, self._purpose_of(path), entry.length)

    def put(self, source: Path, target: Path) -> None:
        # Aside first: the file that stands there may be another base's too.
        aside = target.with_name(f".{target.name}.part")
        header = new_header()
        with source.open("rb") as live, aside.open("wb") as kept:
            kept.write(header)
            length = append(kept, live, self._key, header, self._purpose_of(target), 0)
            kept.flush()
            os.fsync(kept.fileno())
        _take_time(source, aside)
        replaces = target.exists()
        aside.replace(target)
        self._note(target, header, length, source)
        if replaces:
            self.save()

    def extend(self, source: Path, target: Path) -> None:
        entry = self._entries[self._name(target)]
        header = header_of(target)
        assert header is not None
        with source.open("rb") as live, target.open("r+b") as kept:
            live.seek(entry.length)
            kept.truncate(entry.stored)
            kept.seek(entry.stored)
            length = append(kept, live, self._key, header, self._purpose_of(target), entry.length)
            kept.flush()
            os.fsync(kept.fileno())
        _take_time(source, target)
        self._note(target, header, length, source)

    def link(self, live: Path, earlier: Copies, there: Path, target: Path) -> bool:
        if not isinstance(earlier, SealedCopies) or not _is_as_it_was(live, earlier, there):
            return False
        target.unlink(missing_ok=True)
        if not _link(there, target):
            return False
        self._entries[self._name(target)] = earlier._entries[earlier._name(there)]
        self._is_saved = False
        return True

    def drop(self, directory: Path) -> None:
        prefix = f"{self._name(directory)}/"
        self._entries = {name: entry for name, entry in self._entries.items() if not name.startswith(prefix)}
        self._is_saved = False
        self.save()
        shutil.rmtree(directory)

    def save(self) -> None:
        if self._is_saved:
            return
        aside = self._file.with_name(f".{_INDEX}.part")
        with sealing_to(aside, self._key, self._purpose) as sink:
            sink.write(json.dumps({name: asdict(entry) for name, entry in self._entries.items()}).encode())
        aside.replace(self._file)
        self._is_saved = True

    def check(self) -> None:
        """Read every file through. Raises BackupDamaged naming the first that is not what was written."""
        if not self._file.exists():
            raise BackupDamaged(f"{self._file} is missing.", "Use another base backup.")
        for name in sorted(self._entries):
            with self.open(self._root / name) as file:
                while file.read(_CHUNK):
                    pass

    def _note(self, target: Path, header: bytes, length: int, source: Path) -> None:
        with source.open("rb") as live:
            live.seek(max(0, length - TAIL))
            tail = live.read(min(length, TAIL))
        stored = target.stat().st_size
        self._entries[self._name(target)] = _Entry(header.hex(), length, stored, tail.hex())
        self._is_saved = False

    def _rests(self, path: Path, entry: _Entry) -> bool:
        header = header_of(path)
        return header is not None and header.hex() == entry.id and path.stat().st_size >= entry.stored

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _purpose_of(self, path: Path) -> str:
        return f"kafka/{self._root.name}/{self._name(path)}"


def _finish(live: BinaryIO, kept: BinaryIO) -> None:
    shutil.copyfileobj(live, kept, _CHUNK)
    kept.flush()
    os.fsync(kept.fileno())


def _take_time(source: Path, target: Path) -> None:
    at = source.stat().st_mtime_ns
    os.utime(target, ns=(at, at))


def _is_as_it_was(live: Path, earlier: Copies, there: Path) -> bool:
    size = earlier.size(there)
    return size is not None and (live.stat().st_size, live.stat().st_mtime_ns) == (size, there.stat().st_mtime_ns)


def _link(there: Path, target: Path) -> bool:
    try:
        os.link(there, target)
    except OSError:  # a file system without links
        return False
    return True
