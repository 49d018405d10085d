"""Reading the books of many enterprises at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Uuid, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions, sectors
from libs.common.registry.tables import EnterpriseReplicaRow
from libs.common.workdays import SHANGHAI
from services.energy.efficiency.domain.books import Book, FigureKind, Flow, Key, Metered, Process
from services.energy.efficiency.domain.months import first_of, months_between, shifted
from services.energy.efficiency.repository.figures import known_at
from services.energy.efficiency.tables import FigureRow, MeterShareRow, MonthRow, ProcessRow
from services.energy.metering.domain.expected import expected_between
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number
from services.energy.metering.tables import MeterRow
from services.energy.rollups.repository import read_months

# Days of a meter that was never closed; far beyond any month asked for.
_NEVER: Final = day_number(date(9999, 1, 1))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which enterprises: these, or those of a region's subtree and of sectors (none: all)."""

    enterprise_ids: tuple[UUID, ...] | None = None
    region_code: str | None = None
    sectors: tuple[str, ...] = ()


async def load_books(
    session: AsyncSession,
    wanted: Selection,
    first: date,
    last: date,
    now: datetime,
    *,
    as_of: datetime | None = None,
) -> dict[UUID, Book]:
    """Books with the months from ``first`` to ``last``, figures as they stand or stood at ``as_of``."""
    books = {book.enterprise_id: book for book in await _enterprises(session, wanted)}
    if books:
        ids = list(books)
        await _read_figures(session, books, ids, first, last, as_of)
        await _read_processes(session, books, ids)
        await _read_meters(session, books, ids, first, last, now)
    return books


def _among(column: UUID, ids: Sequence[UUID]) -> ColumnElement[bool]:
    # One array rather than a parameter for each id: there may be more of them than a statement takes.
    return col(column) == func.any(cast(ids, ARRAY(Uuid)))


async def _enterprises(session: AsyncSession, wanted: Selection) -> list[Book]:
    row = EnterpriseReplicaRow
    statement = select(
        col(row.enterprise_id),
        col(row.credit_code),
        col(row.name),
        col(row.region_code),
        col(row.sector_code),
        col(row.deleted),
        col(row.key_energy_user),
    )
    if wanted.enterprise_ids is not None:
        statement = statement.where(_among(row.enterprise_id, wanted.enterprise_ids))
    if wanted.region_code is not None:
        statement = statement.where(col(row.region_code).startswith(regions.prefix(wanted.region_code)))
    found = await session.execute(statement.order_by(col(row.credit_code), col(row.enterprise_id)))
    return [
        Book(enterprise_id, credit_code, name, region_code, sector_code, is_closed=deleted, is_key_user=key_user)
        for enterprise_id, credit_code, name, region_code, sector_code, deleted, key_user in found
        if not wanted.sectors or any(sectors.contains(wider, sector_code) for wider in wanted.sectors)
    ]


async def _read_figures(
    session: AsyncSession,
    books: dict[UUID, Book],
    ids: Sequence[UUID],
    first: date,
    last: date,
    as_of: datetime | None,
) -> None:
    row = FigureRow
    statement = select(
        col(row.enterprise_id),
        col(row.kind),
        col(row.month),
        col(row.process_id),
        col(row.code),
        col(row.flow),
        col(row.quantity),
        col(row.revision),
    ).where(_among(row.enterprise_id, ids), col(row.month).between(first, last), known_at(as_of))
    kinds, flows = {kind.value: kind for kind in FigureKind}, {flow.value: flow for flow in Flow}
    for enterprise_id, kind, month, process_id, code, flow, quantity, revision in await session.execute(statement):
        if quantity is None:
            continue
        key = Key(kinds[kind], month, process_id, code, None if flow is None else flows[flow])
        books[enterprise_id].figures[key] = quantity
        if revision > 1:
            books[enterprise_id].restated.add(key)
    reported = select(col(MonthRow.enterprise_id), col(MonthRow.month), col(MonthRow.reported_at)).where(
        _among(MonthRow.enterprise_id, ids),
        col(MonthRow.month).between(first, last),
    )
    for enterprise_id, month, at in await session.execute(reported):
        books[enterprise_id].reported_on[month] = at.astimezone(SHANGHAI).date()


async def _read_processes(session: AsyncSession, books: dict[UUID, Book], ids: Sequence[UUID]) -> None:
    statement = select(ProcessRow).where(_among(ProcessRow.enterprise_id, ids))
    for row in await session.scalars(statement.order_by(col(ProcessRow.code))):
        books[row.enterprise_id].processes[row.id] = Process(row.id, row.code, row.name, row.product_code)


@dataclass(frozen=True, slots=True)
class _Share:
    enterprise_id: UUID
    process_id: UUID | None
    meter_index: int
    coefficient: float
    first_month: date
    last_month: date | None
    quantity: Quantity
    interval_minutes: int
    offset_minutes: int
    first_day: int
    last_day: int


async def _read_meters(
    session: AsyncSession, books: dict[UUID, Book], ids: Sequence[UUID], first: date, last: date, now: datetime
) -> None:
    shares = await _shares(session, ids, first, last)
    if not shares:
        return
    known: dict[tuple[int, date], tuple[float, int]] = {}
    for quantity in {share.quantity for share in shares}:
        indexes = sorted({share.meter_index for share in shares if share.quantity is quantity})
        totals = await read_months(session, quantity.number, indexes, first, last)
        months = totals.month.astype("datetime64[D]").tolist()
        columns = (totals.meter_index.tolist(), months, totals.energy_kwh.tolist(), totals.present.tolist())
        for meter_index, month, kwh, present in zip(*columns, strict=True):
            known[meter_index, month] = (kwh, present)
    parts: dict[tuple[UUID, date, UUID | None], list[tuple[float | None, int, int]]] = defaultdict(list)
    for share in shares:
        begins, ends = max(first, share.first_month), min(last, share.last_month or last)
        for month in months_between(begins, ends):
            expected = _expected(share, month, now)
            kwh, present = known.get((share.meter_index, month), (None, 0))
            if expected or present:
                value = None if kwh is None else kwh * share.coefficient
                parts[share.enterprise_id, month, share.process_id].append((value, present, expected))
    for (enterprise_id, month, process_id), found in parts.items():
        values = [value for value, _, _ in found if value is not None]
        books[enterprise_id].metered[month, process_id] = Metered(
            Decimal(str(round(sum(values), 3))) if values else None,
            sum(present for _, present, _ in found),
            sum(expected for _, _, expected in found),
        )


async def _shares(session: AsyncSession, ids: Collection[UUID], first: date, last: date) -> list[_Share]:
    share = MeterShareRow
    statement = (
        select(share, MeterRow)
        .join(MeterRow, col(MeterRow.meter_index) == col(share.meter_index))
        .where(
            _among(share.enterprise_id, list(ids)),
            col(share.first_month) <= last,
            or_(col(share.last_month).is_(None), col(share.last_month) >= first),
        )
    )
    return [
        _Share(
            row.enterprise_id,
            row.process_id,
            row.meter_index,
            row.coefficient,
            row.first_month,
            row.last_month,
            Quantity(meter.quantity),
            meter.interval_minutes,
            meter.offset_minutes,
            day_number(meter.valid_from),
            _NEVER if meter.valid_to is None else day_number(meter.valid_to),
        )
        for row, meter in await session.execute(statement)
    ]


def _expected(share: _Share, month: date, now: datetime) -> int:
    """How many values the meter should have of a month by now."""
    start = np.asarray(day_number(first_of(month)) * MINUTES_A_DAY)
    end = np.asarray(day_number(shifted(month, 1)) * MINUTES_A_DAY)
    life = (np.asarray(share.first_day), np.asarray(share.last_day))
    return int(expected_between(start, end, life, share.interval_minutes, share.offset_minutes, now))
