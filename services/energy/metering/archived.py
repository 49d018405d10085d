"""Months that rest in Parquet files: read where the table has them no more. Slower, and the same answer.

The files of a month hold its day rows as the table had them, ordered by meter and day; ``load_kw`` is a list of
float32 with NaN where missing. services/energy/archive writes them and brings them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from services.energy.metering.domain.day_columns import DayColumns, DayTotals
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import date_of
from services.energy.metering.errors import ArchiveUnreadable


@dataclass(frozen=True, slots=True)
class ArchivedMonth:
    """``month`` is its first day, ``location`` the directory of its files."""

    month: date
    location: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: days since 1970, both ends included; ``slots`` None takes every interval."""

    quantity: int
    meter_index: Int
    first_day: int
    last_day: int
    slots: int | None = None


def archived_totals(month: ArchivedMonth, wanted: Wanted) -> DayTotals:
    """Raises ArchiveUnreadable."""
    frame = _rows(month, wanted, ("slots", "present", "energy_kwh", "peak_kw", "revision", "quality"))
    told = frame["quality"].to_list()
    return DayTotals(
        meter_index=_integers(frame, "meter_index"),
        day=_integers(frame, "day"),
        slots=_integers(frame, "slots"),
        present=_integers(frame, "present"),
        estimated=_count(told, Quality.ESTIMATED),
        edited=_count(told, Quality.EDITED),
        energy_kwh=frame["energy_kwh"].to_numpy().astype(np.float64),
        peak_kw=frame["peak_kw"].to_numpy().astype(np.float32),
        revision=_integers(frame, "revision"),
    )


def archived_days(month: ArchivedMonth, wanted: Wanted, slots: int) -> DayColumns:
    """Raises ArchiveUnreadable."""
    names = ("present", "energy_kwh", "peak_kw", "revision", "rank", "load_kw", "quality")
    frame = _rows(month, wanted, names)
    values = frame["load_kw"].explode().to_numpy().astype(np.float32).reshape(-1, slots)
    quality = (~np.isnan(values)).astype(np.uint8)
    for row, told in enumerate(frame["quality"].to_list()):
        if told is not None:
            quality[row] = np.frombuffer(told, np.uint8)
    return DayColumns(
        meter_index=_integers(frame, "meter_index"),
        day=_integers(frame, "day"),
        values=values,
        quality=quality,
        energy_kwh=frame["energy_kwh"].to_numpy().astype(np.float64),
        peak_kw=frame["peak_kw"].to_numpy().astype(np.float32),
        present=_integers(frame, "present"),
        revision=_integers(frame, "revision"),
        rank=_integers(frame, "rank"),
    )


def _rows(month: ArchivedMonth, wanted: Wanted, names: tuple[str, ...]) -> pl.DataFrame:
    chosen = (
        (pl.col("quantity") == wanted.quantity)
        & pl.col("day").is_between(date_of(wanted.first_day), date_of(wanted.last_day))
        & pl.col("meter_index").is_in(wanted.meter_index.tolist())
    )
    if wanted.slots is not None:
        chosen &= pl.col("slots") == wanted.slots
    try:
        files = sorted(Path(month.location).glob("*.parquet"))
        if not files:
            raise ArchiveUnreadable(month=f"{month.month:%Y-%m}")
        return pl.scan_parquet(files).filter(chosen).select("meter_index", "day", *names).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ArchiveUnreadable(month=f"{month.month:%Y-%m}") from error


def _integers(frame: pl.DataFrame, name: str) -> Int:
    return frame[name].cast(pl.Int32 if name == "day" else pl.Int64).to_numpy().astype(np.int64)


def _count(told: list[bytes | None], quality: Quality) -> Int:
    code = bytes([quality])
    return np.array([0 if one is None else one.count(code) for one in told], np.int64)
