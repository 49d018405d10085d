"""Review: another person accepts what was submitted, and it counts; or returns it with a reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import (
    EconomyReportAcceptedV1,
    EconomyReportCorrectedV1,
    EconomyReportReturnedV1,
    EconomyValue,
)
from libs.common.outbox.record import EventRow
from libs.common.security.scope import ensure_region
from libs.common.web.problems import NotFound
from services.projects.economy.domain import reports as rules
from services.projects.economy.domain.indicators import Indicator
from services.projects.economy.domain.reports import EconomyStatus
from services.projects.economy.errors import OwnReview
from services.projects.economy.repository import catalogue
from services.projects.economy.repository import counted as counted_rows
from services.projects.economy.repository import reports as repository
from services.projects.economy.service.counting import recount
from services.projects.economy.service.dips import settle_enterprises
from services.projects.economy.service.recording import OpenedReport, step
from services.projects.economy.service.reporting import store
from services.projects.economy.service.terms import Closings, load_closings, load_terms
from services.projects.economy.tables.reports import FigureRow, ReportRow
from services.projects.registry.repository import by_keys
from services.projects.registry.tables import EnterpriseRow


async def accept_report(ctx: Context, opened: OpenedReport) -> OpenedReport:
    """Raises ReportStepRefused, OwnReview, MonthClosed."""
    await _accept(ctx, [opened.row], {opened.row.enterprise_id: opened.enterprise})
    return opened


async def accept_reports(ctx: Context, ids: Collection[UUID]) -> list[ReportRow]:
    """Accept many at once, all or none of them. Raises NotFound and as :func:`accept_report`."""
    found = {row.id: row for row in await repository.reports_by_id(ctx.session, ids, lock=False)}
    if set(ids) - found.keys():
        raise NotFound
    for row in found.values():
        ensure_region(ctx.principal, row.region_code)
    await repository.lock_register(ctx.session, {row.enterprise_id for row in found.values()})
    rows = await repository.reports_by_id(ctx.session, ids, lock=True)
    enterprises = await by_keys(ctx.session, EnterpriseRow, "enterprise_id", {row.enterprise_id for row in rows})
    await _accept(ctx, rows, {enterprise.enterprise_id: enterprise for enterprise in enterprises})
    return rows


async def return_report(ctx: Context, opened: OpenedReport, reason: str) -> OpenedReport:
    """Give the report back to be said again; what counted before still counts. Raises ReportStepRefused."""
    row = opened.row
    rules.demand_status(opened.status, (EconomyStatus.SUBMITTED,))
    row.status, row.reason = EconomyStatus.RETURNED.value, reason

    def tell(facts: dict[str, Any]) -> EventPayload:
        return EconomyReportReturnedV1(**facts, reason=reason)

    await store(ctx, [step(ctx, row, opened.enterprise, "returned", tell, reason)])
    return opened


async def _accept(ctx: Context, rows: Sequence[ReportRow], enterprises: Mapping[UUID, EnterpriseRow]) -> None:
    submitters = await repository.submitters_of(ctx.session, [row.id for row in rows])
    corrections = await repository.corrections_among(ctx.session, [row.id for row in rows])
    by_month: dict[date, list[ReportRow]] = {}
    for row in rows:
        rules.demand_status(EconomyStatus(row.status), (EconomyStatus.SUBMITTED,))
        if submitters.get(row.id) == ctx.principal.subject:
            raise OwnReview(report_id=str(row.id))
        by_month.setdefault(row.month, []).append(row)
    replaced = {row.id for row in rows if row.accepted_revision is not None}
    for month in sorted(by_month):
        closings = await load_closings(ctx, month)
        for row in by_month[month]:
            _demand_countable(row, closings, is_correction=row.id in corrections)
            row.status, row.accepted_revision = EconomyStatus.ACCEPTED.value, row.revision
    await ctx.session.flush()
    # Recounting a month derives the rest of its year: of a year once, from the earliest month on.
    recounted: set[tuple[UUID, int]] = set()
    for month in sorted(by_month):
        news = {(row.enterprise_id, month.year) for row in by_month[month]} - recounted
        if news:
            await recount(ctx.session, {enterprise_id for enterprise_id, _ in news}, month)
        recounted |= news
    events: list[EventRow] = []
    for month in sorted(by_month):
        events += await _tell(ctx, by_month[month], enterprises, replaced)
    await store(ctx, events)
    await settle_enterprises(ctx, enterprises, await load_terms(ctx))


def _demand_countable(row: ReportRow, closings: Closings, *, is_correction: bool) -> None:
    """Raises MonthClosed: what waited for review when the month was closed is handed in as a correction."""
    if not is_correction:
        closings.demand_open(row.month, row.region_code)


async def _tell(
    ctx: Context, rows: Sequence[ReportRow], enterprises: Mapping[UUID, EnterpriseRow], replaced: Collection[UUID]
) -> list[EventRow]:
    known = await catalogue.all_indicators(ctx.session)
    figures = await counted_rows.figures_of_reports(ctx.session, rows)
    return [
        step(
            ctx,
            row,
            enterprises[row.enterprise_id],
            "accepted",
            _telling(row, _values(figures.get(row.id, []), known), is_replaced=row.id in replaced),
        )
        for row in rows
    ]


def _telling(
    row: ReportRow, values: tuple[EconomyValue, ...], *, is_replaced: bool
) -> Callable[[dict[str, Any]], EventPayload]:
    def tell(facts: dict[str, Any]) -> EventPayload:
        if is_replaced:
            return EconomyReportCorrectedV1(**facts, values=values, reason=row.reason)
        return EconomyReportAcceptedV1(**facts, values=values)

    return tell


def _values(figures: Sequence[FigureRow], known: Mapping[str, Indicator]) -> tuple[EconomyValue, ...]:
    order = {code: place for place, code in enumerate(known)}
    return tuple(
        EconomyValue(
            indicator=figure.indicator,
            unit=known[figure.indicator].unit,
            month_value=figure.month_value,
            cumulative_value=figure.cumulative_value,
        )
        for figure in sorted(figures, key=lambda figure: order[figure.indicator])
    )
