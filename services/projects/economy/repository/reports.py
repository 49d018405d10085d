"""SQL of reports, their revisions and the figures that count."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.economy.domain.reports import PENDING, EconomyStatus, Edition, Line, Lines
from services.projects.economy.repository.members import in_register
from services.projects.economy.tables.reports import ReportRevisionRow, ReportRow, ReportStepRow
from services.projects.economy.tables.rules import StandingRow
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow

REPORTS = Listing(
    fields={
        "id": FilterField(col(ReportRow.id), UUID),
        "enterprise_id": FilterField(col(ReportRow.enterprise_id), UUID),
        "credit_code": FilterField(col(EnterpriseRow.credit_code)),
        "name": FilterField(col(EnterpriseRow.name)),
        "month": FilterField(col(ReportRow.month), date),
        "edition": FilterField(col(ReportRow.edition), Edition),
        "status": FilterField(col(ReportRow.status), EconomyStatus),
        "region_code": region_filter(col(ReportRow.region_code)),
        "sector_code": FilterField(col(ReportRow.sector_code)),
        "due_on": FilterField(col(ReportRow.due_on), date),
        "submitted_on": FilterField(col(ReportRow.submitted_on), date),
        "late": FilterField(col(ReportRow.late), bool),
    },
    sortable=("due_on", "month", "name", "submitted_on"),
    default_sort="due_on",
)
REVISIONS = Listing(
    fields={"number": FilterField(col(ReportRevisionRow.number), int)},
    key="number",
)
STEPS = Listing(fields={"version": FilterField(col(ReportStepRow.version), int)}, key="version")


def lines_of(stored: Mapping[str, Sequence[str | None]]) -> dict[str, Line]:
    return {
        code: Line(*(None if text is None else Decimal(text) for text in said)) for code, said in stored.items()
    }


def stored_lines(lines: Lines) -> dict[str, list[str | None]]:
    return {code: [_text(line.month), _text(line.cumulative)] for code, line in lines.items()}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


async def find_report(session: AsyncSession, report_id: UUID, *, lock: bool = False) -> ReportRow | None:
    statement = select(ReportRow).where(col(ReportRow.id) == report_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def reports_by_id(session: AsyncSession, ids: Collection[UUID], *, lock: bool) -> list[ReportRow]:
    """In the order of their ids."""
    wanted = cast(sorted(ids), ARRAY(Uuid))
    statement = (
        select(ReportRow)
        .where(col(ReportRow.id) == func.any(wanted))
        .order_by(col(ReportRow.id))
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(statement.with_for_update() if lock else statement)).all())


async def reports_of(
    session: AsyncSession, enterprise_ids: Collection[UUID], month: date, edition: Edition, *, lock: bool = True
) -> dict[UUID, ReportRow]:
    """By enterprise."""
    wanted = cast(sorted(enterprise_ids), ARRAY(Uuid))
    statement = (
        select(ReportRow)
        .where(
            col(ReportRow.enterprise_id) == func.any(wanted),
            col(ReportRow.month) == month,
            col(ReportRow.edition) == edition.value,
        )
        .order_by(col(ReportRow.id))
        .execution_options(populate_existing=True)
    )
    if lock:
        statement = statement.with_for_update()
    return {row.enterprise_id: row for row in await session.scalars(statement)}


async def has_accepted_final(session: AsyncSession, enterprise_id: UUID, month: date) -> bool:
    statement = select(ReportRow).where(
        col(ReportRow.enterprise_id) == enterprise_id,
        col(ReportRow.month) == month,
        col(ReportRow.edition) == Edition.FINAL.value,
        col(ReportRow.accepted_revision).is_not(None),
    )
    return bool(await session.scalar(select(statement.exists())))


async def lines_at(session: AsyncSession, report_id: UUID, number: int) -> dict[str, Line]:
    """What was said at a revision; nothing at none."""
    row = await session.get(ReportRevisionRow, (report_id, number))
    return {} if row is None else lines_of(row.lines)


async def lines_now(session: AsyncSession, rows: Iterable[ReportRow]) -> dict[UUID, dict[str, Line]]:
    """What each report says at its latest revision."""
    wanted = cast([row.id for row in rows], ARRAY(Uuid))
    statement = (
        select(ReportRevisionRow)
        .join(
            ReportRow,
            and_(
                col(ReportRow.id) == col(ReportRevisionRow.report_id),
                col(ReportRow.revision) == col(ReportRevisionRow.number),
            ),
        )
        .where(col(ReportRow.id) == func.any(wanted))
    )
    return {row.report_id: lines_of(row.lines) for row in await session.scalars(statement)}


async def submitters_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """Who took the last step that handed each report in."""
    wanted = cast(sorted(ids), ARRAY(Uuid))
    statement = (
        select(col(ReportStepRow.report_id), col(ReportStepRow.actor))
        .where(
            col(ReportStepRow.report_id) == func.any(wanted),
            col(ReportStepRow.action).in_(["submitted", "corrected", "imported"]),
        )
        .ext(distinct_on(col(ReportStepRow.report_id)))
        .order_by(col(ReportStepRow.report_id), col(ReportStepRow.version).desc())
    )
    return dict((await session.execute(statement)).all())


def _reports() -> Any:
    return select(ReportRow, EnterpriseRow).join(
        EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(ReportRow.enterprise_id)
    )


def seen_by(principal: Principal) -> list[Any]:
    return [
        region_scope(col(ReportRow.region_code), principal),
        enterprise_scope(col(ReportRow.enterprise_id), principal),
    ]


async def list_reports(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (report, enterprise)."""
    return await query.page(session, _reports().where(*seen_by(principal)))


async def reports_to_export(
    session: AsyncSession, principal: Principal, month: date, edition: Edition, region_prefix: str | None
) -> list[Any]:
    """(report, enterprise, lines as stored) of a month by credit code."""
    statement = (
        select(ReportRow, EnterpriseRow, col(ReportRevisionRow.lines))
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(ReportRow.enterprise_id))
        .outerjoin(
            ReportRevisionRow,
            and_(
                col(ReportRevisionRow.report_id) == col(ReportRow.id),
                col(ReportRevisionRow.number) == col(ReportRow.revision),
            ),
        )
        .where(col(ReportRow.month) == month, col(ReportRow.edition) == edition.value, *seen_by(principal))
        .order_by(col(EnterpriseRow.credit_code))
    )
    if region_prefix is not None:
        statement = statement.where(col(ReportRow.region_code).startswith(region_prefix))
    return list((await session.execute(statement)).all())


async def list_revisions(session: AsyncSession, report_id: UUID, query: ListQuery) -> Page[ReportRevisionRow]:
    return await query.page(
        session, select(ReportRevisionRow).where(col(ReportRevisionRow.report_id) == report_id)
    )


async def list_steps(session: AsyncSession, report_id: UUID, query: ListQuery) -> Page[ReportStepRow]:
    return await query.page(session, select(ReportStepRow).where(col(ReportStepRow.report_id) == report_id))


async def lock_register(session: AsyncSession, enterprise_ids: Collection[UUID]) -> None:
    """Make other changes of what counts of these enterprises wait; always before locks of their reports."""
    wanted = cast(sorted(enterprise_ids), ARRAY(Uuid))
    await session.execute(
        select(col(StandingRow.id))
        .where(col(StandingRow.enterprise_id) == func.any(wanted))
        .order_by(col(StandingRow.enterprise_id), col(StandingRow.id))
        .with_for_update()
    )


async def missing_reports(session: AsyncSession, month: date, edition: Edition) -> list[Any]:
    """(enterprise, region, sector) of those in the register in the month who have no report of the edition."""
    known = exists(
        select(1).where(
            col(ReportRow.enterprise_id) == col(StandingRow.enterprise_id),
            col(ReportRow.month) == month,
            col(ReportRow.edition) == edition.value,
        )
    )
    statement = (
        select(col(StandingRow.enterprise_id), col(StandingRow.region_code), col(StandingRow.sector_code))
        .where(in_register(month), ~known)
        .order_by(col(StandingRow.enterprise_id))
    )
    return list((await session.execute(statement)).all())


async def owed_reports(
    session: AsyncSession, told: Collection[UUID], soon: date
) -> list[tuple[ReportRow, EnterpriseRow]]:
    """Reports that are owed and due by a day, and those of whom a condition was told; with their enterprises."""
    statement = (
        _reports()
        .where(
            or_(
                and_(
                    col(ReportRow.status).in_([status.value for status in PENDING]),
                    col(ReportRow.submitted_on).is_(None),
                    col(ReportRow.due_on) <= soon,
                ),
                col(ReportRow.id) == func.any(cast(sorted(told), ARRAY(Uuid))),
            )
        )
        .order_by(col(ReportRow.id))
    )
    return [(report, enterprise) for report, enterprise in await session.execute(statement)]


async def corrections_among(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Which reports say a correction at their latest revision."""
    statement = (
        select(col(ReportRow.id))
        .join(
            ReportRevisionRow,
            and_(
                col(ReportRevisionRow.report_id) == col(ReportRow.id),
                col(ReportRevisionRow.number) == col(ReportRow.revision),
            ),
        )
        .where(col(ReportRow.id) == func.any(cast(sorted(ids), ARRAY(Uuid))), col(ReportRevisionRow.is_correction))
    )
    return set(await session.scalars(statement))


async def status_counts(
    session: AsyncSession, month: date, edition: Edition, prefix: str | None
) -> dict[str, int]:
    """How many reports of a month are in each state, in a subtree or everywhere."""
    statement = (
        select(col(ReportRow.status), func.count())
        .where(col(ReportRow.month) == month, col(ReportRow.edition) == edition.value)
        .group_by(col(ReportRow.status))
    )
    if prefix is not None:
        statement = statement.where(col(ReportRow.region_code).startswith(prefix))
    return dict((await session.execute(statement)).all())


async def orphaned_reports(session: AsyncSession, enterprise_id: UUID) -> list[ReportRow]:
    """Reports that say nothing, of months in which the enterprise is not in the register; locked."""
    there = exists(
        select(1).where(
            col(StandingRow.enterprise_id) == col(ReportRow.enterprise_id), in_register(col(ReportRow.month))
        )
    )
    statement = (
        select(ReportRow)
        .where(
            col(ReportRow.enterprise_id) == enterprise_id,
            col(ReportRow.status) == EconomyStatus.DUE.value,
            ~there,
        )
        .order_by(col(ReportRow.id))
        .with_for_update(of=ReportRow)
    )
    return list((await session.scalars(statement)).all())
