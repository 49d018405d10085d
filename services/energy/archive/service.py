"""Months to the archive and back.

A month leaves the table only after every value of it was written, read back and found the same; both ways are one
transaction with the partition, so a kill at any moment leaves the month wholly here or wholly there. A late value
for an archived month brings the month back first: nothing that was acknowledged is ever refused afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import structlog

from libs.common.context import Context
from services.energy.archive import repository
from services.energy.archive.domain.manifest import Sums, month_name
from services.energy.archive.errors import (
    ArchiveDiffers,
    MonthAlreadyArchived,
    MonthEmpty,
    MonthNotArchived,
    MonthNotOver,
)
from services.energy.archive.files import MonthWriter, read_parts
from services.energy.metering.domain.slots import date_of
from services.energy.metering.errors import ArchiveUnreadable

log = structlog.get_logger(__name__)

# As long as a revision is tested against the conditions of its day (architecture, late and corrected values).
OPEN_DAYS: Final = 35


def month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def is_archivable(month: date, today: date) -> bool:
    """Whether the month ended long enough ago."""
    return today >= month_after(month) + timedelta(days=OPEN_DAYS)


async def archive_month(ctx: Context, root: Path, month: date) -> Sums:
    """Move a month from the table into files below ``root``; returns what it holds.

    Raises MonthNotOver, MonthAlreadyArchived, MonthEmpty, ArchiveDiffers.
    """
    name = month_name(month)
    if not is_archivable(month, ctx.now.date()):
        raise MonthNotOver(month=name, days=OPEN_DAYS)
    await repository.hold_month(ctx.session, month, alone=True)
    known = await repository.find_month(ctx.session, month)
    if known is not None and known.state == "archived":
        raise MonthAlreadyArchived(month=name)
    sums = await repository.month_sums(ctx.session, month)
    if sums is None or not sums.rows:
        raise MonthEmpty(month=name)
    writer = await asyncio.to_thread(MonthWriter.begin, root, month)
    async for frame in repository.read_month(ctx.session, month):
        await asyncio.to_thread(writer.add, frame)
    location, manifest = await asyncio.to_thread(writer.finish)
    if not manifest.sums.equals(sums):
        raise ArchiveDiffers(month=name, file="manifest.json")
    await repository.drop_month(ctx.session, month)
    await repository.note_archived(ctx.session, month, str(location.resolve()), sums, manifest.sha256, ctx.now)
    log.info("archive.archived", month=name, rows=sums.rows, location=str(location))
    return sums


async def restore_month(ctx: Context, month: date, because: str, root: Path | None = None) -> Sums:
    """Bring a month back into the table; its files stay. ``root``: where they are now, if they were moved.

    Raises MonthNotArchived, ArchiveUnreadable, ArchiveDiffers.
    """
    name = month_name(month)
    row = await repository.find_month(ctx.session, month)
    if row is None or row.state != "archived":
        raise MonthNotArchived(month=name)
    location = Path(row.location) if root is None else root / "curve_day" / name
    after = month_after(month)
    await repository.create_apart(ctx.session, month, after)
    parts = read_parts(location, row.sha256)
    try:
        while (frame := await asyncio.to_thread(next, parts, None)) is not None:
            await repository.fill_apart(ctx.session, month, frame)
    except OSError as error:
        raise ArchiveUnreadable(month=name) from error
    sums = await repository.attach_month(ctx.session, month, after)
    if not sums.equals(Sums(row.rows, row.readings, row.energy_kwh)):
        raise ArchiveDiffers(month=name, file="manifest.json")
    row.state, row.restored_at, row.restored_because = "restored", ctx.now, because
    await ctx.session.flush()
    log.info("archive.restored", month=name, rows=sums.rows, because=because)
    return sums


async def bring_back(ctx: Context, days: Iterable[int]) -> None:
    """Before values of these days (since 1970) are merged: months among them that were archived come back.

    Until the transaction ends none of them can be archived.
    """
    today = ctx.now.date()
    for month in sorted({date_of(day).replace(day=1) for day in set(days)}):
        if not is_archivable(month, today):
            continue
        await repository.hold_month(ctx.session, month, alone=False)
        row = await repository.find_month(ctx.session, month)
        if row is not None and row.state == "archived":
            await restore_month(ctx, month, "late values")
