"""SQL of the month totals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.database import raw_connection
from services.energy.metering.curve_reader import count_of
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.quality import Quality
from services.energy.rollups.domain.months import MonthTotals

_RECOMPUTE: Final = f"""
INSERT INTO curve_month (meter_index, quantity, month, days, present, estimated, edited, energy_kwh, peak_kw,
    peak_on, recomputed_at)
SELECT meter_index, quantity, $3::date, count(*), sum(present), sum({count_of(Quality.ESTIMATED)}),
    sum({count_of(Quality.EDITED)}), sum(energy_kwh ORDER BY day), max(peak_kw),
    (array_agg(day ORDER BY peak_kw DESC, day))[1], $5
FROM curve_day
WHERE meter_index = ANY($1::int[]) AND quantity = $2 AND day >= $3::date AND day < $4::date AND present > 0
GROUP BY meter_index, quantity
ON CONFLICT (meter_index, quantity, month) DO UPDATE SET days = excluded.days, present = excluded.present,
    estimated = excluded.estimated, edited = excluded.edited, energy_kwh = excluded.energy_kwh,
    peak_kw = excluded.peak_kw, peak_on = excluded.peak_on, recomputed_at = excluded.recomputed_at
"""  # noqa: S608 - our own columns

# All of its values were taken back.
_CLEAR: Final = """
DELETE FROM curve_month AS m
WHERE meter_index = ANY($1::int[]) AND quantity = $2 AND month = $3::date AND NOT EXISTS (
    SELECT FROM curve_day AS d WHERE d.meter_index = m.meter_index AND d.quantity = $2
        AND d.day >= $3::date AND d.day < $4::date AND d.present > 0)
"""

_READ: Final = """
SELECT count(*), string_agg(int4send(meter_index), ''), string_agg(int4send(month - date '1970-01-01'), ''),
    string_agg(int4send(present), ''), string_agg(int4send(estimated), ''), string_agg(int4send(edited), ''),
    string_agg(float8send(energy_kwh), ''), string_agg(float4send(peak_kw), ''),
    string_agg(int4send(peak_on - date '1970-01-01'), '')
FROM curve_month WHERE meter_index = ANY($1::int[]) AND quantity = $2 AND month BETWEEN $3 AND $4
"""


async def recompute_months(
    session: AsyncSession, quantity: int, month: date, after: date, meter_index: Int, at: datetime
) -> None:
    """Sum the day rows of these meters from ``month`` until before ``after``, the first days of two months."""
    connection = await raw_connection(session)
    await connection.execute(_RECOMPUTE, meter_index.tolist(), quantity, month, after, at)
    await connection.execute(_CLEAR, meter_index.tolist(), quantity, month, after)


async def read_months(
    session: AsyncSession, quantity: int, meter_index: Int | Sequence[int], first: date, last: date
) -> MonthTotals:
    """The months of the meters whose first days lie from ``first`` to ``last``."""
    connection = await raw_connection(session)
    wanted = np.asarray(meter_index, np.int64).tolist()
    found = await connection.fetchrow(_READ, wanted, quantity, first, last)
    columns = [found[place] or b"" for place in range(1, 9)]
    meters, months, present, estimated, edited, peak_on = (
        np.frombuffer(columns[place], ">i4").astype(np.int64) for place in (0, 1, 2, 3, 4, 7)
    )
    return MonthTotals(
        meter_index=meters,
        month=months,
        present=present,
        estimated=estimated,
        edited=edited,
        energy_kwh=np.frombuffer(columns[5], ">f8").astype(np.float64),
        peak_kw=np.frombuffer(columns[6], ">f4").astype(np.float32),
        peak_on=peak_on,
    )
