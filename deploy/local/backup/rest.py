"""How the files of one base backup rest: as they are, or under the key of their archive."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from deploy.local.backup.copies import PLAIN, Copies, SealedCopies
from deploy.local.backup.sealed_files import ArchiveKey, Sink, opened, sealing_to

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Rest:
    """`base` tells this base from others of the archive; a file is bound to it and to its name in it."""

    key: ArchiveKey | None
    base: str

    @contextmanager
    def writing(self, place: Path, name: str) -> Iterator[BinaryIO | Sink]:
        """Write the file `name` of the base in `place`; whole and durable when this ends."""
        if self.key is not None:
            with sealing_to(place / name, self.key, self._purpose(name)) as sink:
                yield sink
            return
        with (place / name).open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def put(self, source: Path, place: Path, name: str) -> None:
        with source.open("rb") as file, self.writing(place, name) as target:
            shutil.copyfileobj(file, target, _CHUNK)

    def reading(self, place: Path, name: str) -> BinaryIO:
        """Read forward. Raises BackupDamaged where it is not what was written."""
        if self.key is None:
            return (place / name).open("rb")
        return opened(place / name, self.key, self._purpose(name))

    def take(self, place: Path, name: str, target: Path) -> None:
        with self.reading(place, name) as file, target.open("wb") as made:
            shutil.copyfileobj(file, made, _CHUNK)

    def copies(self, broker: Path) -> Copies:
        """The files of a broker's log in its directory `broker` of the base."""
        return PLAIN if self.key is None else SealedCopies(broker, self.key, self.base)

    def _purpose(self, name: str) -> str:
        return f"{self.base}/{name}"
