"""A month's day rows as Parquet files in a directory of their own, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from services.energy.archive.domain.manifest import Manifest, Part, Sums, month_name, read_manifest
from services.energy.archive.errors import ArchiveDiffers

_MANIFEST = "manifest.json"


def sums_of(frame: pl.DataFrame) -> Sums:
    return Sums(len(frame), int(frame["present"].sum()), float(frame["energy_kwh"].sum()))


@dataclass(slots=True)
class MonthWriter:
    """Writes parts into a directory that takes its name only when all is there and proved."""

    directory: Path
    month: date
    parts: list[Part]

    @classmethod
    def begin(cls, root: Path, month: date) -> MonthWriter:
        directory = root / "curve_day" / f"{month_name(month)}.partial"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        return cls(directory, month, [])

    def add(self, frame: pl.DataFrame) -> None:
        """Write a part and read it back. Raises ArchiveDiffers unless every value is the same."""
        path = self.directory / f"part-{len(self.parts):05d}.parquet"
        frame.write_parquet(path, compression="zstd", statistics=True, row_group_size=16_384)
        _sync(path)
        if not pl.read_parquet(path).equals(frame):
            raise ArchiveDiffers(month=month_name(self.month), file=path.name)
        self.parts.append(Part(path.name, _digest(path), sums_of(frame)))

    def finish(self) -> tuple[Path, Manifest]:
        """Name the directory; what an earlier archive of the month left there is replaced."""
        manifest = Manifest(month_name(self.month), tuple(self.parts))
        told = self.directory / _MANIFEST
        told.write_bytes(manifest.dump())
        _sync(told)
        final = self.directory.with_suffix("")
        shutil.rmtree(final, ignore_errors=True)
        self.directory.rename(final)
        _sync(final.parent)
        return final, manifest


def read_parts(location: Path, sha256: str) -> Iterator[pl.DataFrame]:
    """The parts of a month in order, each proved by its digest. Raises ArchiveDiffers, OSError."""
    content = (location / _MANIFEST).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ArchiveDiffers(month=location.name, file=_MANIFEST)
    for part in read_manifest(content).parts:
        path = location / part.file
        if _digest(path) != part.sha256:
            raise ArchiveDiffers(month=location.name, file=part.file)
        yield pl.read_parquet(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def values_of(frame: pl.DataFrame, slots: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """The frame's ``load_kw``: (rows, slots)."""
    return frame["load_kw"].explode().to_numpy().astype(np.float32).reshape(-1, slots)
