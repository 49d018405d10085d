"""Reading what is known of many plants at once: plain rows, no object of the ORM for each of thousands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Row, Uuid, any_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import bare_connection
from services.energy.generation.domain.plant import SLOTS, Floats, SeriesQuantity
from services.energy.generation.tables import (
    PlantMeterRow,
    PlantUnitModelRow,
    PlantUnitRatingRow,
    PlantUnitRow,
)
from services.energy.metering.indexes import is_among
from services.energy.metering.tables import MeterRow

SeriesOfDay = dict[tuple[UUID, date], dict[SeriesQuantity, Floats]]


async def units_of(session: AsyncSession, plant_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """id, plant_id, code of the plants' units."""
    columns = (PlantUnitRow.id, PlantUnitRow.plant_id, PlantUnitRow.code)
    return await _rows(session, columns, PlantUnitRow.plant_id, plant_ids, PlantUnitRow.code)


async def ratings_of(session: AsyncSession, unit_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """unit_id, capacity_kw, valid_from, valid_to, oldest first."""
    row = PlantUnitRatingRow
    columns = (row.unit_id, row.capacity_kw, row.valid_from, row.valid_to)
    return await _rows(session, columns, row.unit_id, unit_ids, row.valid_from)


async def models_of(session: AsyncSession, unit_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """id, unit_id, kind, parameters, valid_from, valid_to, oldest first."""
    row = PlantUnitModelRow
    columns = (row.id, row.unit_id, row.kind, row.parameters, row.valid_from, row.valid_to)
    return await _rows(session, columns, row.unit_id, unit_ids, row.valid_from)


async def meters_of(session: AsyncSession, plant_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """plant_id, unit_id, meter_index, role, sign, valid_from, valid_to."""
    row = PlantMeterRow
    columns = (row.plant_id, row.unit_id, row.meter_index, row.role, row.sign, row.valid_from, row.valid_to)
    return await _rows(session, columns, row.plant_id, plant_ids, row.valid_from)


async def layouts_of(session: AsyncSession, indexes: Collection[int]) -> Sequence[Row[Any]]:
    """meter_index, quantity, interval_minutes of the meters."""
    columns: list[Any] = [MeterRow.meter_index, MeterRow.quantity, MeterRow.interval_minutes]
    statement = select(*columns).where(is_among(MeterRow.meter_index, indexes))
    found: Sequence[Row[Any]] = (await session.execute(statement)).all()
    return found


async def _rows(
    session: AsyncSession, columns: Sequence[Any], key: Any, ids: Collection[UUID], order: Any
) -> Sequence[Row[Any]]:
    statement = (
        select(*(col(one) for one in columns))
        .where(col(key) == any_(cast(list(ids), ARRAY(Uuid))))
        .order_by(col(key), col(order))
    )
    return (await session.execute(statement)).all()


# As array_send gives an array without nulls: dimensions and type, then each value with its length before it.
_ARRAY: Final = np.dtype([("head", "V20"), ("cells", [("size", ">i4"), ("value", ">f8")], (SLOTS,))])
_SERIES: Final = """
SELECT array_agg(plant_id ORDER BY id), array_agg(quantity ORDER BY id), array_agg(day ORDER BY id),
    string_agg(array_send(slot_values), '' ORDER BY id)
FROM plant_series WHERE plant_id = ANY($1) AND day BETWEEN $2 AND $3 AND replaced_at IS NULL
"""


async def series_of(session: AsyncSession, plant_ids: Collection[UUID], first: date, last: date) -> SeriesOfDay:
    """What stands of the plants' series from ``first`` to ``last``."""
    connection = await bare_connection(session)
    found = await connection.fetchrow(_SERIES, list(plant_ids), first, last)
    series: SeriesOfDay = {}
    if found[0] is None:
        return series
    values = np.frombuffer(found[3], _ARRAY)["cells"]["value"].astype(np.float64)
    for plant_id, quantity, day, row in zip(found[0], found[1], found[2], values, strict=True):
        series.setdefault((plant_id, day), {})[SeriesQuantity(quantity)] = row
    return series
