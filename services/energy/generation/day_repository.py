"""SQL of given series, computed days and months, and of what waits to be computed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, any_, cast, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from services.energy.generation.day_tables import PlantDayRow, PlantDueRow, PlantSeriesRow
from services.energy.generation.domain.output import Output
from services.energy.generation.domain.pace import MonthOutput

_FIGURES: Final = tuple(item.name for item in fields(Output))


async def current_series(
    session: AsyncSession,
    plant_ids: Collection[UUID],
    first: date,
    last: date,
    quantity: str | None = None,
    as_of: datetime | None = None,
) -> list[PlantSeriesRow]:
    """Rows as they stand, or as they were known at an instant, by plant, quantity and day."""
    statement = select(PlantSeriesRow).where(
        col(PlantSeriesRow.plant_id) == any_(cast(list(plant_ids), ARRAY(Uuid))),
        col(PlantSeriesRow.day).between(first, last),
    )
    if quantity is not None:
        statement = statement.where(col(PlantSeriesRow.quantity) == quantity)
    if as_of is None:
        statement = statement.where(col(PlantSeriesRow.replaced_at).is_(None))
    else:
        statement = statement.where(
            col(PlantSeriesRow.recorded_at) <= as_of,
            col(PlantSeriesRow.replaced_at).is_(None) | (col(PlantSeriesRow.replaced_at) > as_of),
        )
    order = (PlantSeriesRow.plant_id, PlantSeriesRow.quantity, PlantSeriesRow.day)
    return list(await session.scalars(statement.order_by(*(col(one) for one in order))))


_PUT: Final = f"""
INSERT INTO plant_day (plant_id, day, {", ".join(_FIGURES)}, computed_at)
VALUES ({", ".join(f"${number}" for number in range(1, len(_FIGURES) + 4))})
ON CONFLICT (plant_id, day) DO UPDATE SET
{", ".join(f"{name} = excluded.{name}" for name in (*_FIGURES, "computed_at"))}
"""  # noqa: S608 - our own columns


async def put_days(session: AsyncSession, days: Sequence[tuple[UUID, date, Output]], at: datetime) -> None:
    """Write computed days over what stands."""
    if not days:
        return
    # One statement for every row: as one with all the rows it would be compiled anew for each number of them.
    connection = await raw_connection(session)
    await connection.executemany(
        _PUT,
        [[plant_id, day, *(getattr(output, name) for name in _FIGURES), at] for plant_id, day, output in days],
    )


async def days_of(session: AsyncSession, plant_id: UUID, first: date, last: date) -> list[tuple[date, Output]]:
    """Computed days in order."""
    columns = [col(getattr(PlantDayRow, name)) for name in ("day", *_FIGURES)]
    statement = (
        select(*columns)
        .where(col(PlantDayRow.plant_id) == plant_id, col(PlantDayRow.day).between(first, last))
        .order_by(col(PlantDayRow.day))
    )
    return [
        (row[0], Output(**dict(zip(_FIGURES, row[1:], strict=True)))) for row in await session.execute(statement)
    ]


_COUNTS: Final = frozenset({"slots", "whole", "compared"})


def _sum_of(name: str) -> str:
    if name == "peak_kw":
        return "max(peak_kw) AS peak_kw"
    return f"sum({name})::{'int' if name in _COUNTS else 'float8'} AS {name}"


_SUMS: Final = ", ".join(_sum_of(name) for name in _FIGURES)
_MONTHS: Final = f"""
SELECT plant_id, date_trunc('month', day)::date AS month, {_SUMS} FROM plant_day
WHERE plant_id = ANY(:plants) AND day BETWEEN :first AND :last GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - our own columns


async def months_of(
    session: AsyncSession, plant_ids: Collection[UUID], first: date, last: date
) -> dict[tuple[UUID, date], Output]:
    """Sums of the computed days by plant and month (its first day)."""
    statement = text(_MONTHS).bindparams(plants=list(plant_ids), first=first, last=last)
    return {
        (row.plant_id, row.month): Output(**{name: getattr(row, name) for name in _FIGURES})
        for row in await session.execute(statement)
    }


_TOTALS: Final = f"""
SELECT plant_id, {_SUMS} FROM plant_day WHERE plant_id = ANY(:plants) AND day BETWEEN :first AND :last GROUP BY 1
"""  # noqa: S608 - our own columns


async def sums_of(
    session: AsyncSession, plant_ids: Collection[UUID], first: date, last: date
) -> dict[UUID, Output]:
    """Sums of the computed days by plant."""
    statement = text(_TOTALS).bindparams(plants=list(plant_ids), first=first, last=last)
    return {
        row.plant_id: Output(**{name: getattr(row, name) for name in _FIGURES})
        for row in await session.execute(statement)
    }


_HISTORY: Final = text(
    """
    SELECT extract(year FROM day)::int, extract(month FROM day)::int, sum(actual_kwh), sum(whole)
    FROM plant_day WHERE plant_id = ANY(:plants) AND day BETWEEN :first AND :last GROUP BY 1, 2
    """
)


async def history_of(
    session: AsyncSession, plant_ids: Collection[UUID], first: date, last: date, expected: Mapping[date, int]
) -> dict[int, dict[int, MonthOutput]]:
    """Energy of the plants together by year and month; ``expected``: slots a month should have of them all."""
    found: dict[int, dict[int, MonthOutput]] = {}
    rows = await session.execute(_HISTORY, {"plants": list(plant_ids), "first": first, "last": last})
    for year, month, energy, whole in rows:
        due = expected.get(date(year, month, 1), 0)
        share = min(1.0, whole / due) if due else 0.0
        found.setdefault(year, {})[month] = MonthOutput(float(energy), share)
    return found


async def add_due(session: AsyncSession, rows: Sequence[PlantDueRow]) -> None:
    session.add_all(rows)
    await session.flush()


async def take_due(session: AsyncSession, limit: int) -> list[PlantDueRow]:
    """Take away the oldest of what waits; it is back should the transaction not commit."""
    chosen = (
        select(col(PlantDueRow.id)).order_by(col(PlantDueRow.id)).limit(limit).with_for_update(skip_locked=True)
    )
    statement: Any = (
        delete(PlantDueRow)
        .where(col(PlantDueRow.id).in_(chosen))
        .returning(PlantDueRow)
        .execution_options(synchronize_session=False)
    )
    return list(await session.scalars(statement))
