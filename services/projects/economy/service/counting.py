"""What counts of accepted reports: derived anew for the months that a change can touch."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.economy.domain import months
from services.projects.economy.domain.deriving import derive_months
from services.projects.economy.domain.reports import Edition, Lines
from services.projects.economy.repository import catalogue
from services.projects.economy.repository import counted as counted_rows
from services.projects.economy.repository import reports as repository

# Enterprises whose year is held at once.
_BATCH = 500


async def recount(session: AsyncSession, enterprise_ids: Collection[UUID], month: date) -> None:
    """Derive the figures of the enterprises from the month to its year's end; the caller holds their locks.

    Later months hang on earlier ones: a year's value that was not said is that of the month before and the month.
    """
    indicators = await catalogue.all_indicators(session)
    ordered = sorted(enterprise_ids)
    for start in range(0, len(ordered), _BATCH):
        some = ordered[start : start + _BATCH]
        said, sources = await _said(session, some, month)
        before = await _before(session, some, month)
        records: list[tuple[Any, ...]] = []
        for enterprise_id, reports in said.items():
            for counted in derive_months(indicators, reports, before.get(enterprise_id, {}), month):
                report_id, revision = sources[enterprise_id, counted.month, counted.edition]
                records.append(counted_rows.figure_record(enterprise_id, counted, report_id, revision))
        await counted_rows.replace_figures(session, some, month, records)


async def _said(session: AsyncSession, enterprise_ids: Collection[UUID], month: date) -> tuple[Any, Any]:
    """Accepted lines by enterprise, month and edition; and the report and revision that said them."""
    said: dict[UUID, dict[date, dict[Edition, Lines]]] = {}
    sources: dict[tuple[UUID, date, Edition], tuple[UUID, int]] = {}
    rows = await counted_rows.accepted_lines(session, enterprise_ids, month, month.replace(month=12))
    for enterprise_id, when, edition_code, report_id, revision, lines in rows:
        edition = Edition(edition_code)
        said.setdefault(enterprise_id, {}).setdefault(when, {})[edition] = repository.lines_of(lines)
        sources[enterprise_id, when, edition] = (report_id, revision)
    return said, sources


async def _before(
    session: AsyncSession, enterprise_ids: Collection[UUID], month: date
) -> dict[UUID, dict[str, Decimal | None]]:
    """The year's values until the month before."""
    if month.month == 1:
        return {}
    known = await counted_rows.figures_at(session, enterprise_ids, months.plus(month, -1))
    return {
        enterprise_id: {code: derived.cumulative for code, derived in figures.items()}
        for enterprise_id, figures in known.items()
    }
