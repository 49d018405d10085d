"""Reading curves for anything: whole columns by one statement, no object a row, archived months included.

The database joins each column's binary values to one byte string (``string_agg`` of the types' send functions), so
an answer is one record whatever its length, and numpy reads it as it is. What this gains over rows is measured by
``tests/benchmarks/queries.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.database import bare_connection
from services.energy.metering.archived import ArchivedMonth, Wanted, archived_days, archived_totals
from services.energy.metering.domain.day_columns import (
    DayColumns,
    DayTotals,
    joined,
    no_days,
    no_totals,
    overlaid,
)
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import date_of
from services.energy.metering.packing import read_values
from services.energy.metering.snapshot_repository import RunningCurves, read_running
from services.energy.metering.snapshots import figures

# The months that are not in the table any more, read by the same statement: an answer never misses a month that
# is archived at the same moment.
_ARCHIVED: Final = """
(SELECT json_agg(json_build_array(month, location) ORDER BY month)::text FROM curve_archive
 WHERE state = 'archived' AND month BETWEEN date_trunc('month', date '1970-01-01' + $3::int)::date
   AND date '1970-01-01' + $4::int)
"""

_CHOSEN: Final = """
WHERE meter_index = ANY($1::int[]) AND quantity = $2
  AND day BETWEEN date '1970-01-01' + $3::int AND date '1970-01-01' + $4::int AND present > 0
"""


def count_of(quality: Quality) -> str:
    """SQL: how many values of a curve_day row are of this quality.

    Qualities are bytes from 0 to 3, so in hex two digits never match across two bytes.
    """
    return (
        "(CASE WHEN quality IS NULL THEN 0 ELSE "
        f"slots - length(replace(encode(quality, 'hex'), '{int(quality):02x}', '')) / 2 END)"
    )


_TOTALS: Final = f"""
SELECT count(*), string_agg(int4send(meter_index), ''), string_agg(int4send(day - date '1970-01-01'), ''),
    string_agg(int2send(slots), ''), string_agg(int2send(present), ''),
    string_agg(int4send({count_of(Quality.ESTIMATED)}), ''), string_agg(int4send({count_of(Quality.EDITED)}), ''),
    string_agg(float8send(energy_kwh), ''), string_agg(float4send(peak_kw), ''),
    string_agg(int4send(revision), ''), {_ARCHIVED}
FROM curve_day {_CHOSEN}
"""  # noqa: S608 - our own columns

_DAYS: Final = f"""
SELECT count(*), string_agg(int4send(meter_index), ''), string_agg(int4send(day - date '1970-01-01'), ''),
    string_agg(load_kw, ''), string_agg(quality, ''),
    string_agg(CASE WHEN quality IS NULL THEN '\\x00'::bytea ELSE '\\x01'::bytea END, ''),
    string_agg(float8send(energy_kwh), ''), string_agg(float4send(peak_kw), ''), string_agg(int2send(present), ''),
    string_agg(int4send(revision), ''), string_agg(int8send(rank), ''), {_ARCHIVED}
FROM curve_day {_CHOSEN} AND slots = $5
"""  # noqa: S608 - our own columns


async def read_totals(
    session: AsyncSession, quantity: int, meter_index: Int | Sequence[int], first_day: int, last_day: int
) -> DayTotals:
    """Totals of the meters' days from ``first_day`` to ``last_day`` (since 1970), both included.

    Raises ArchiveUnreadable.
    """
    wanted = Wanted(quantity, np.asarray(meter_index, np.int64), first_day, last_day)
    running = [_running_totals(found) for found in await _running(session, wanted)]
    connection = await bare_connection(session)
    found = await connection.fetchrow(_TOTALS, wanted.meter_index.tolist(), quantity, first_day, last_day)
    pieces = [_totals(found)] if found[0] else []
    pieces += [await asyncio.to_thread(archived_totals, month, wanted) for month in _months(found[10])]
    return overlaid(joined(pieces) if pieces else no_totals(), running)


async def read_days(
    session: AsyncSession,
    quantity: int,
    meter_index: Int | Sequence[int],
    first_day: int,
    last_day: int,
    slots: int = 96,
) -> DayColumns:
    """Curves of the meters' days from ``first_day`` to ``last_day`` (since 1970), both included.

    ``slots``: values a day of these meters (24, 48, 96, 288); rows of another interval are left out. Raises
    ArchiveUnreadable.
    """
    wanted = Wanted(quantity, np.asarray(meter_index, np.int64), first_day, last_day, slots)
    running = [_running_days(found) for found in await _running(session, wanted) if found.slots == slots]
    connection = await bare_connection(session)
    found = await connection.fetchrow(_DAYS, wanted.meter_index.tolist(), quantity, first_day, last_day, slots)
    pieces = [_days(found, slots)] if found[0] else []
    pieces += [await asyncio.to_thread(archived_days, month, wanted, slots) for month in _months(found[11])]
    return overlaid(joined(pieces) if pieces else no_days(slots), running)


async def _running(session: AsyncSession, wanted: Wanted) -> list[RunningCurves]:
    """Days that rest in snapshots yet; read before the day rows (snapshot_repository.read_running)."""
    return await read_running(
        session, wanted.quantity, wanted.meter_index, date_of(wanted.first_day), date_of(wanted.last_day)
    )


def _running_days(found: RunningCurves) -> DayColumns:
    present, energy, peak = figures(found)
    return DayColumns(
        meter_index=found.meter_index,
        day=found.day,
        values=found.values,
        quality=found.quality,
        energy_kwh=energy,
        peak_kw=peak,
        present=present,
        revision=found.revision,
        rank=np.zeros(len(found.day), np.int64),
    )


def _running_totals(found: RunningCurves) -> DayTotals:
    present, energy, peak = figures(found)
    return DayTotals(
        meter_index=found.meter_index,
        day=found.day,
        slots=np.full(len(found.day), found.slots, np.int64),
        present=present,
        estimated=np.count_nonzero(found.quality == Quality.ESTIMATED, axis=1),
        edited=np.count_nonzero(found.quality == Quality.EDITED, axis=1),
        energy_kwh=energy,
        peak_kw=peak,
        revision=found.revision,
    )


def _months(told: str | None) -> list[ArchivedMonth]:
    if told is None:
        return []
    return [ArchivedMonth(date.fromisoformat(month), location) for month, location in orjson.loads(told)]


def _totals(found: Sequence[Any]) -> DayTotals:
    return DayTotals(
        meter_index=_column(found[1], ">i4"),
        day=_column(found[2], ">i4"),
        slots=_column(found[3], ">i2"),
        present=_column(found[4], ">i2"),
        estimated=_column(found[5], ">i4"),
        edited=_column(found[6], ">i4"),
        energy_kwh=np.frombuffer(found[7], ">f8").astype(np.float64),
        peak_kw=np.frombuffer(found[8], ">f4").astype(np.float32),
        revision=_column(found[9], ">i4"),
    )


def _days(found: Sequence[Any], slots: int) -> DayColumns:
    values = read_values([found[3]], slots)
    quality = (~np.isnan(values)).astype(np.uint8)
    if found[4] is not None:
        is_told = np.frombuffer(found[5], np.uint8) == 1
        quality[is_told] = np.frombuffer(found[4], np.uint8).reshape(-1, slots)
    return DayColumns(
        meter_index=_column(found[1], ">i4"),
        day=_column(found[2], ">i4"),
        values=values,
        quality=quality,
        energy_kwh=np.frombuffer(found[6], ">f8").astype(np.float64),
        peak_kw=np.frombuffer(found[7], ">f4").astype(np.float32),
        present=_column(found[8], ">i2"),
        revision=_column(found[9], ">i4"),
        rank=_column(found[10], ">i8"),
    )


def _column(sent: bytes, kind: str) -> Int:
    return np.frombuffer(sent, kind).astype(np.int64)
