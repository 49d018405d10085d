"""SQL of what counts: accepted reports, the figures they make, and series of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, cast, delete, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from services.projects.economy.domain import months
from services.projects.economy.domain.deriving import Counted, Derived, Unknown
from services.projects.economy.repository.members import in_register
from services.projects.economy.tables.reports import FigureRow, ReportRevisionRow, ReportRow
from services.projects.economy.tables.rules import StandingRow
from services.projects.registry.tables import EnterpriseRow


async def accepted_lines(
    session: AsyncSession, enterprise_ids: Collection[UUID], first: date, last: date
) -> list[Any]:
    """(enterprise, month, edition, report, revision, lines as stored) of what counts."""
    wanted = cast(sorted(enterprise_ids), ARRAY(Uuid))
    statement = (
        select(
            col(ReportRow.enterprise_id),
            col(ReportRow.month),
            col(ReportRow.edition),
            col(ReportRow.id),
            col(ReportRevisionRow.number),
            col(ReportRevisionRow.lines),
        )
        .join(
            ReportRevisionRow,
            and_(
                col(ReportRevisionRow.report_id) == col(ReportRow.id),
                col(ReportRevisionRow.number) == col(ReportRow.accepted_revision),
            ),
        )
        .where(col(ReportRow.enterprise_id) == func.any(wanted), col(ReportRow.month).between(first, last))
    )
    return list((await session.execute(statement)).all())


async def figures_at(
    session: AsyncSession, enterprise_ids: Collection[UUID], month: date
) -> dict[UUID, dict[str, Derived]]:
    """What counts of a month by enterprise and indicator."""
    wanted = cast(sorted(enterprise_ids), ARRAY(Uuid))
    statement = select(
        col(FigureRow.enterprise_id),
        col(FigureRow.indicator),
        col(FigureRow.month_value),
        col(FigureRow.cumulative_value),
        col(FigureRow.month_reason),
        col(FigureRow.cumulative_reason),
    ).where(
        col(FigureRow.enterprise_id) == func.any(wanted), col(FigureRow.month) == month, col(FigureRow.is_latest)
    )
    found: dict[UUID, dict[str, Derived]] = {}
    for enterprise_id, code, value, cumulative, month_reason, reason in await session.execute(statement):
        found.setdefault(enterprise_id, {})[code] = Derived(
            value,
            cumulative,
            None if month_reason is None else Unknown(month_reason),
            None if reason is None else Unknown(reason),
        )
    return found


async def figures_of_reports(session: AsyncSession, rows: Iterable[ReportRow]) -> dict[UUID, list[FigureRow]]:
    """What counts now of each report."""
    wanted = list(rows)
    statement = (
        select(FigureRow)
        .where(
            col(FigureRow.enterprise_id) == func.any(cast([row.enterprise_id for row in wanted], ARRAY(Uuid))),
            col(FigureRow.month).in_({row.month for row in wanted}),
            col(FigureRow.report_id) == func.any(cast([row.id for row in wanted], ARRAY(Uuid))),
        )
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[FigureRow]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.report_id, []).append(row)
    return found


async def enterprises_with_figures(session: AsyncSession) -> list[UUID]:
    """Those in the register now or once, of whom something counts."""
    counts = exists(select(1).where(col(FigureRow.enterprise_id) == col(EnterpriseRow.enterprise_id)))
    statement = select(col(EnterpriseRow.enterprise_id)).where(counts).order_by(col(EnterpriseRow.enterprise_id))
    return list(await session.scalars(statement))


async def latest_month(session: AsyncSession) -> date | None:
    """The last month of which anything counts."""
    return await session.scalar(select(func.max(col(FigureRow.month))))


async def latest_months(session: AsyncSession, enterprise_ids: Collection[UUID]) -> dict[UUID, date]:
    """The last month of each enterprise of which anything counts."""
    wanted = cast(sorted(enterprise_ids), ARRAY(Uuid))
    statement = (
        select(col(FigureRow.enterprise_id), func.max(col(FigureRow.month)))
        .where(col(FigureRow.enterprise_id) == func.any(wanted))
        .group_by(col(FigureRow.enterprise_id))
    )
    return dict((await session.execute(statement)).all())


async def places_of(session: AsyncSession, enterprise_ids: Collection[UUID], month: date) -> dict[UUID, str]:
    """The region of each enterprise in the month."""
    wanted = cast(sorted(enterprise_ids), ARRAY(Uuid))
    statement = select(col(StandingRow.enterprise_id), col(StandingRow.region_code)).where(
        col(StandingRow.enterprise_id) == func.any(wanted), in_register(month)
    )
    return dict((await session.execute(statement)).all())


async def replace_figures(
    session: AsyncSession, enterprise_ids: Collection[UUID], first: date, rows: Sequence[tuple[Any, ...]]
) -> None:
    """These are what counts of the enterprises from the month to its year's end; columns as FIGURE_COLUMNS."""
    wanted = cast(sorted(enterprise_ids), ARRAY(Uuid))
    await session.execute(
        delete(FigureRow)
        .where(
            col(FigureRow.enterprise_id) == func.any(wanted),
            col(FigureRow.month).between(first, first.replace(month=12)),
        )
        .execution_options(synchronize_session=False)
    )
    connection = await raw_connection(session)
    await connection.copy_records_to_table("economy_figure", records=rows, columns=FIGURE_COLUMNS)


FIGURE_COLUMNS = (
    "indicator",
    "month",
    "enterprise_id",
    "edition",
    "is_latest",
    "month_value",
    "cumulative_value",
    "month_reason",
    "cumulative_reason",
    "month_derived",
    "cumulative_derived",
    "disagreement",
    "report_id",
    "revision",
)


def figure_record(enterprise_id: UUID, counted: Counted, report_id: UUID, revision: int) -> tuple[Any, ...]:
    derived = counted.derived
    return (
        counted.indicator,
        counted.month,
        enterprise_id,
        counted.edition.value,
        counted.is_latest,
        derived.month,
        derived.cumulative,
        derived.month_reason,
        derived.cumulative_reason,
        derived.month_derived,
        derived.cumulative_derived,
        derived.disagreement,
        report_id,
        revision,
    )


async def series_of(
    session: AsyncSession, enterprise_ids: Collection[UUID], month: date, length: int
) -> dict[UUID, dict[str, dict[date, Decimal]]]:
    """Month values by enterprise, indicator and month, of so many months to the month."""
    wanted = cast(sorted(enterprise_ids), ARRAY(Uuid))
    statement = select(
        col(FigureRow.enterprise_id), col(FigureRow.indicator), col(FigureRow.month), col(FigureRow.month_value)
    ).where(
        col(FigureRow.enterprise_id) == func.any(wanted),
        col(FigureRow.month).between(months.plus(month, 1 - length), month),
        col(FigureRow.is_latest),
        col(FigureRow.month_value).is_not(None),
    )
    found: dict[UUID, dict[str, dict[date, Decimal]]] = {}
    for enterprise_id, code, when, value in await session.execute(statement):
        assert value is not None, "only known values are asked for"
        found.setdefault(enterprise_id, {}).setdefault(code, {})[when] = value
    return found
